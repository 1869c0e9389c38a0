import CGraftSmallEncoder
import Foundation
import GraftImages
import GraftLayers
import GraftTensor
import GraftWeights

/// A small VGG that comes with the library: to try everything without a download.
extension VGG {
  /// A VGG16 of an eighth of the published width, for pictures of 128×128, with weights that
  /// `Examples/pretrain-small-encoder` trained on drawn shapes. They lie in the program itself.
  ///
  /// It knows edges, corners and patterns, and has never seen a photograph: for photographs take published weights.
  ///
  /// - Throws: a `WeightFileError` or `LoadReport` if the library was built with weights of another network.
  public static func small() throws -> VGG {
    let bytes = UnsafeRawBufferPointer(start: graft_small_encoder_bytes(), count: graft_small_encoder_count())
    let file = try SafetensorsFile(
      [UInt8](bytes), source: URL(fileURLWithPath: "small-vgg.safetensors (built in)"))
    let network = untrainedSmall(random: RandomStream(seed: 0))
    let wanted = network.stateShapes
    try network.load(file.parameters(wanted, namedBy: [.graft(paths: wanted.map(\.path))]).tensors)
    return network
  }

  /// The network of ``small()`` as its pretraining begins: kernels uniform within ±√(6 / inputs) (He et al., 2015,
  /// arXiv:1502.01852), without which so deep a network of ReLUs would not start to learn.
  ///
  /// - Parameters:
  ///   - side: of the pictures that it takes, in pixels; convolutions work for any.
  ///   - random: what the kernels are drawn from.
  public static func untrainedSmall(side: Int = 128, random: RandomStream) -> VGG {
    let network = VGG(
      .vgg16, width: 8, preprocessing: Preprocessing(width: side, height: side, style: .tensorFlow),
      random: random)
    for (path, parameter) in network.parameters where path.hasSuffix(".kernel") {
      // Kernels are H,W,I,O, and begin within ±√(6 / (inputs + outputs)).
      let (inputs, outputs) = (Float(parameter.value.shape[2]), Float(parameter.value.shape[3]))
      parameter.value = parameter.value * ((inputs + outputs) / inputs).squareRoot()
    }
    return network
  }
}
