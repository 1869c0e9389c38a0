import Foundation
import GraftTensor
import GraftWeights
import TestSupport
import Testing

/// The narrow networks of networks.npz: weights that follow from a formula under their published names, and what their authors' programs
/// compute with them. The formula is that of the generator, Tests/Golden/generators/networks.py.
struct FormulaNetwork {
  /// What the case is called: `resnet50_keras`.
  let name: String

  /// A tensor of the published file.
  private struct Description: Decodable {
    let name: String
    let shape: [Int]
    let role: Role
    let scale: Double
  }

  private enum Role: String, Decodable {
    case kernel, bias, gamma, beta, mean, variance, counter
  }

  /// The published file, written to a folder as safetensors.
  func writeWeights(to folder: URL) throws -> URL {
    let bytes = try Golden.npz("networks").array(named: "\(name)/weights").bytes
    let descriptions = try JSONDecoder().decode([Description].self, from: Data(bytes))
    let tensors = descriptions.map { description in
      let values = Self.uniform(description.name, count: description.shape.reduce(1, *)).map { u -> Double in
        switch description.role {
        case .kernel: description.scale * u
        case .bias: 0.2 * u
        case .gamma: 0.7 + 0.4 * u
        case .beta: 0.4 * u
        case .mean: 0.6 * u
        case .variance: 0.02 + (u + 0.5) * (u + 0.5)
        case .counter: 0
        }
      }
      let tensor = Tensor(shape: Tensor.Shape(description.shape), scalars: values.map(Float.init))
      return (name: description.name, tensor: tensor)
    }
    let file = folder.appendingPathComponent("\(name).safetensors")
    try SafetensorsFile.write(tensors, to: file)
    return file
  }

  /// The picture that was given to the networks: 1×64×72×3.
  static var input: Tensor {
    let shape: Tensor.Shape = [1, 64, 72, 3]
    let values = uniform("input", count: shape.scalarCount).map { Float(4 * $0) }
    return Tensor(shape: shape, scalars: values)
  }

  /// Expects the logits to be the golden ones.
  func expect(logits: Tensor) throws {
    expectClose(logits, try golden("logits"), within: 1e-4, "\(name) logits")
  }

  /// Expects the output of a stage to be the golden one, of which every fifth number is kept; true if there is one.
  func expect(features: Tensor, of stage: String) throws -> Bool {
    guard try Golden.npz("networks").names.contains("\(name)/\(stage)") else { return false }
    let scalars = features.scalars
    let sample = stride(from: 0, to: scalars.count, by: 5).map { Double(scalars[$0]) }
    expectClose(sample, try golden(stage).scalars.map(Double.init), within: 1e-4, "\(name) \(stage)")
    return true
  }

  private func golden(_ array: String) throws -> Tensor {
    try Golden.npz("networks").tensor(named: "\(name)/\(array)")
  }

  /// Numbers from -0.5 up to below 0.5, made of a name and a place.
  private static func uniform(_ name: String, count: Int) -> [Double] {
    var key: UInt32 = 2_166_136_261
    for byte in name.utf8 { key = (key ^ UInt32(byte)) &* 16_777_619 }
    return (0..<count).map { place in
      var x = key &+ UInt32(truncatingIfNeeded: place) &* 0x9E37_79B1
      x = (x ^ (x >> 15)) &* 0x2C1B_3C6D
      x = (x ^ (x >> 12)) &* 0x297A_2D39
      x ^= x >> 15
      return Double(x >> 8) / 0x1p24 - 0.5
    }
  }
}
