import GraftDatasets
import GraftImages
import GraftTensor
import Testing

@Suite struct TargetTests {
  /// Samples with the targets that are given; scalars are class numbers.
  private func samples(_ targets: [Tensor]) -> Dataset {
    Dataset(
      name: "samples", targets: .masks(["background", "face"]),
      samples: targets.enumerated().map { index, target in
        Sample(
          identifier: "sample \(index)",
          picture: Content { Picture(width: 2, height: 2, channels: 1, pixels: [0, 1, 2, 3]) },
          target: target.shape.rank == 0 ? .label(Int(target.scalar)) : .mask(Content { target }))
      })
  }

  private func mask(_ height: Int, _ width: Int, of value: Int32 = 1) -> Tensor {
    Tensor(shape: [height, width, 1], integers: [Int32](repeating: value, count: height * width))
      .converted(to: .uint8)
  }

  private func mistake(in targets: [Tensor], augmented: Bool) -> String {
    var batches = samples(targets).batches(of: 8)
    if augmented { batches = batches.augmented(by: Augmentation(flipProbability: 0.5)) }
    do {
      _ = try batches.batch(
        at: Array(targets.indices), epoch: 0, preprocessing: Preprocessing(width: 2, height: 2, style: .caffe)
      )
      return "none"
    } catch { return "\(error)" }
  }

  @Test(arguments: [false, true]) func aMaskOfAnotherSizeIsNamedWithBothShapes(augmented: Bool) {
    let text = mistake(in: [mask(2, 2), mask(2, 2), mask(3, 2)], augmented: augmented)
    #expect(text.contains("sample 2 is uint8 of shape 3×2×1") && text.contains("sample 0"), "\(text)")
    #expect(text.contains("2×2×1"), "\(text)")
  }

  @Test(arguments: [false, true]) func aClassThatThereIsNotIsNamedWithItsSample(augmented: Bool) {
    for number: Int32 in [-1, 2] {
      let text = mistake(
        in: [Tensor(shape: [], integers: [1]), Tensor(shape: [], integers: [number])], augmented: augmented)
      #expect(
        text.contains("sample 1 has class number \(number), and there are 2 classes"), "\(text)")
    }
    // Pixels that count nothing often have the number 255.
    #expect(mistake(in: [mask(2, 2), mask(2, 2, of: 255)], augmented: augmented) == "none")
  }

  @Test(arguments: [false, true]) func masksAndClassesDoNotMix(augmented: Bool) {
    let text = mistake(in: [mask(2, 2), Tensor(shape: [], integers: [1])], augmented: augmented)
    #expect(text.contains("sample 1 is int32"), "\(text)")
    #expect(mistake(in: [mask(2, 2), mask(2, 2, of: 0)], augmented: augmented) == "none")
  }
}
