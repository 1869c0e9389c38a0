import CGraftSmallEncoder
import Foundation
import GraftImages
import GraftLayers
import GraftTensor
import GraftWeights

/// A small VGG that comes with the library: to try everything without a download.
extension VGG {
  /// A VGG16 of an eighth of the published width, for pictures of 224×224, with weights that
  /// `Examples/pretrain-small-encoder` trained on drawn shapes. They lie in the program itself.
  ///
  /// It knows edges, corners and patterns, and has never seen a photograph: for photographs take published weights.
  ///
  /// - Throws: a `WeightFileError` or `LoadReport` if the library was built with weights of another network.
  public static func small() throws -> VGG {
    let bytes = UnsafeRawBufferPointer(start: graft_small_encoder_bytes(), count: graft_small_encoder_count())
    let file = try SafetensorsFile(
      [UInt8](bytes), source: URL(fileURLWithPath: "small-vgg.safetensors (built in)"))
    let network = VGG(.vgg16, width: 8, preprocessing: smallPreprocessing(side: 224))
    let wanted = network.stateShapes
    try network.load(file.parameters(wanted, namedBy: [.graft(paths: wanted.map(\.path))]).tensors)
    return network
  }

  /// The network of ``small()`` as its pretraining begins: batch-normalised, without which so deep a network hardly
  /// starts to learn. What it learned is folded into plain convolutions; see ``foldingBatchNorms()``.
  ///
  /// - Parameters:
  ///   - side: of the pictures that it takes, in pixels; convolutions work for any.
  ///   - random: what the kernels are drawn from.
  public static func untrainedSmall(side: Int = 224, random: RandomStream) -> VGG {
    VGG(
      .vgg16, variant: .batchNormalized, width: 8, preprocessing: smallPreprocessing(side: side),
      random: random)
  }

  private static func smallPreprocessing(side: Int) -> Preprocessing {
    Preprocessing(width: side, height: side, style: .tensorFlow)
  }
}
