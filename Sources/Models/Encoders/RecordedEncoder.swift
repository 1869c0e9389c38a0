import GraftImages
import GraftTensor
import GraftWeights

/// An encoder of the kind that a file of Graft's own says that it holds, its weights still random.
///
/// Variants of a network have architectures of their own; how wide it is, is told from the shapes of the file's tensors,
/// and of MobileNetV2 from the card.
struct RecordedEncoder {
  let file: any WeightFile
  let card: ModelCard
  let preprocessing: Preprocessing

  /// Wider networks than anybody has; a file that claims one was made to harm.
  private static let largestWidth = 4096

  /// Nil if the architecture is none of the library's.
  func make() throws -> (any ImageEncoder)? {
    for depth in VGG.Depth.allCases {
      for variant in VGG.Variant.allCases {
        for roundsUp in [false, true]
        where VGG.architecture(depth, variant, roundingPoolsUp: roundsUp) == card.architecture {
          return VGG(
            depth, variant: variant, width: try outputs(of: "block1.conv1.kernel"),
            preprocessing: preprocessing,
            roundingPoolsUp: roundsUp)
        }
      }
    }
    for depth in ResNet.Depth.allCases {
      for variant in ResNet.Variant.allCases where ResNet.architecture(depth, variant) == card.architecture {
        guard depth.hasBottlenecks || variant == .torchvision else { return nil }
        return ResNet(
          depth, variant: variant, width: try outputs(of: "conv1.conv.kernel"), preprocessing: preprocessing)
      }
    }
    switch card.architecture {
    case MobileNetV2.architecture: return MobileNetV2(width: try mobileWidth(), preprocessing: preprocessing)
    case VGGFace.architecture:
      let size = VGGFace.Size(
        width: try outputs(of: "block1.conv1.kernel"), hiddenUnits: try outputs(of: "fc6.kernel"))
      return VGGFace(size: size, preprocessing: preprocessing)
    default: return nil
    }
  }

  /// The last axis of a kernel.
  private func outputs(of path: String) throws -> Int {
    try file.outputs(of: "encoder.\(path)", atMost: Self.largestWidth)
  }

  private func mobileWidth() throws -> Double {
    let width = card.encoderWidth ?? 1
    guard width > 0, width <= 16 else {
      throw WeightFileError(
        .damaged, file.file, part: "encoderWidth", "a MobileNetV2 cannot be \(width) times as wide")
    }
    return width
  }
}

extension WeightFile {
  /// The last axis of a kernel, which says how many channels or units a layer has.
  ///
  /// - Throws: `WeightFileError` if there is no such kernel, or if its size is beyond reason.
  func outputs(of name: String, atMost limit: Int) throws -> Int {
    guard let shape = shape(of: name), let outputs = shape.last else {
      throw WeightFileError(
        .damaged, file, part: name,
        "this tensor is missing, and the file says that it holds a network with it")
    }
    guard (1...limit).contains(outputs) else {
      throw WeightFileError(
        .damaged, file, part: name,
        "its shape \(shape) is that of no layer of the network that the file names")
    }
    return outputs
  }
}
