import Foundation
import GraftImages
import GraftModels
import GraftTensor
import GraftTraining
import TestSupport
import Testing

/// Pretrained weights on pictures of another size.
struct InputSizeTests {
  @Test func aPretrainedEncoderTakesPicturesOfAnotherSize() throws {
    try withTemporaryFolder { folder in
      let encoder = try VGG.small()
      let wide = encoder.resizingPictures(to: (width: 128, height: 96))
      #expect(wide.preprocessing.width == 128 && wide.preprocessing.filter == encoder.preprocessing.filter)
      #expect(wide.preprocessing.style == encoder.preprocessing.style)
      #expect(wide.outputShape(of: wide.lastStage.name).dimensions == [3, 4, 64])
      let picture = Picture(
        width: 40, height: 30, channels: 3, pixels: (0..<3600).map { UInt8($0 % 251) })
      let network = SegmentationNetwork(encoder: wide, random: RandomStream(seed: 2))
      let logits = network.logits(of: [picture])
      #expect(logits.shape == [1, 96, 128, 1])

      let file = folder.appendingPathComponent("wide.safetensors")
      try network.write(to: file)
      let read = try SegmentationNetwork(contentsOf: file)
      #expect(read.encoder.preprocessing == wide.preprocessing)
      #expect(read.logits(of: [picture]).scalars == logits.scalars)
      // The weights are those of the encoder itself.
      #expect(wide.digest(through: "block5") == encoder.digest(through: "block5"))
      #expect(encoder.resizingPictures() === encoder)
    }
  }
}
