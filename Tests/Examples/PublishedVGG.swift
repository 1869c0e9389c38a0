import Foundation
import GraftLayers
import GraftModels
import GraftTensor
import GraftWeights
import Testing

/// Writes the convolutions of a VGG11 of random weights under torchvision's names, with a tensor beside them.
///
/// - Parameter prefix: what stands before the names.
func writePublishedVGG11(to file: URL, below prefix: String = "") throws {
  let numbers = [0, 3, 6, 8, 11, 13, 16, 18]
  let layers = VGG.Depth.vgg11.convolutions.enumerated().flatMap { block, count in
    (1...count).map { "block\(block + 1).conv\($0)" }
  }
  let state = VGG(.vgg11).state
  let tensors = try zip(numbers, layers).flatMap { number, layer in
    [
      (
        name: "\(prefix)features.\(number).weight",
        tensor: try #require(state["\(layer).kernel"]).transposed([3, 2, 0, 1])
      ),
      (name: "\(prefix)features.\(number).bias", tensor: try #require(state["\(layer).bias"])),
    ]
  }
  try SafetensorsFile.write(tensors + [("step", Tensor(1))], to: file)
}
