import GraftLayers
import GraftTensor
import TestSupport
import Testing

private let seed = RandomStream(seed: 4)

/// One of each layer, with an input that it takes.
private var zoo: [(layer: any Module, input: Tensor.Shape)] {
  [
    (Dense(inputs: 3, outputs: 2, activation: .sigmoid, random: seed), [2, 3]),
    (Conv2D(inputs: 4, outputs: 6, kernelSize: 3, groups: 2, activation: .relu, random: seed), [2, 5, 5, 4]),
    (Conv2D(inputs: 4, outputs: 4, kernelSize: 3, groups: 4, random: seed), [2, 5, 5, 4]),
    (
      ConvTranspose2D(inputs: 3, outputs: 2, kernelSize: 4, stride: 2, padding: .same, random: seed),
      [1, 3, 3, 3]
    ),
    (BatchNorm(channels: 4), [3, 2, 2, 4]),
    (
      Conv2D(
        inputs: 3, outputs: 5, kernelSize: (1, 3), strides: (2, 1), activation: .leakyReLU(slope: 0.2),
        random: seed), [1, 5, 5, 3]
    ),
    (Dropout(rate: 0.5), [4, 3]),
    (MaxPool2D(), [1, 4, 4, 2]), (AveragePool2D(), [1, 4, 4, 2]),
    (AdaptiveAveragePool2D(height: 2, width: 3), [1, 5, 4, 2]),
    (AdaptiveAveragePool2D(height: 2, width: 2), [1, 4, 6, 2]),
    (GlobalAveragePool2D(), [2, 3, 3, 2]), (GlobalMaxPool2D(), [2, 3, 3, 2]),
    (Upsampling2D(factor: 2, interpolation: .bilinear), [1, 2, 3, 2]),
    (Flatten(), [2, 2, 2, 3]),
    (
      Residual(
        Sequential([
          ("conv", Conv2D(inputs: 2, outputs: 4, kernelSize: 1, random: seed)),
          ("bn", BatchNorm(channels: 4)),
        ]),
        shortcut: Conv2D(inputs: 2, outputs: 4, kernelSize: 1, random: seed.child("shortcut"))), [2, 3, 3, 2]
    ),
  ]
}

private let zooSize = zoo.count

/// The parameters, buffers and modules that an object holds, whether its `members` list them or not.
private func held(by object: Any) -> [ObjectIdentifier: String] {
  var found: [ObjectIdentifier: String] = [:]
  func visit(_ value: Any, _ name: String) {
    if let parameter = value as? Parameter {
      found[ObjectIdentifier(parameter)] = name
    } else if let buffer = value as? Buffer {
      found[ObjectIdentifier(buffer)] = name
    } else if let layer = value as? any Module {
      found[ObjectIdentifier(layer)] = name
      for child in Mirror(reflecting: layer).children { visit(child.value, "\(name).\(child.label ?? "")") }
    } else {
      for child in Mirror(reflecting: value).children { visit(child.value, "\(name).\(child.label ?? "")") }
    }
  }
  for child in Mirror(reflecting: object).children { visit(child.value, child.label ?? "") }
  return found
}

private func listed(by layer: any Module) -> Set<ObjectIdentifier> {
  Set(
    layer.parameters.map { ObjectIdentifier($0.parameter) }
      + layer.buffers.map { ObjectIdentifier($0.buffer) }
      + layer.layers.map { ObjectIdentifier($0.layer) })
}

private final class Forgetful: Module {
  let kernel = Parameter([2], initializer: .zeros, random: seed)
  var members: [Member] { [] }
  func callAsFunction(_ input: Tensor, _ context: Context) -> Tensor { input }
}

@Test(arguments: 0..<zooSize)
func everythingThatALayerHoldsIsListed(_ index: Int) {
  let layer = zoo[index].layer
  let (held, listed) = (held(by: layer), listed(by: layer))
  for (identity, name) in held {
    #expect(listed.contains(identity), "\(type(of: layer)) does not list \(name) among its members")
  }
  #expect(held.count == listed.count)
}

@Test func aForgottenParameterIsFound() {
  let layer = Forgetful()
  #expect(held(by: layer).count == 1 && listed(by: layer).isEmpty)
}

@Test(arguments: 0..<zooSize)
func everyTrainableParameterGetsAGradient(_ index: Int) throws {
  let (layer, shape) = zoo[index]
  let tape = Tape()
  let context = Context.training(tape, random: seed)
  var random = RandomStream(seed: 8)
  let input = tape.track(Tensor(normal: shape, random: &random))
  let output = layer(input, context)
  let gradients = try tape.gradients(of: (output * output).sum())
  #expect(gradients[input]?.shape == shape)
  for (path, parameter) in layer.parameters {
    #expect(context.gradient(of: parameter, in: gradients)?.shape == parameter.shape, "\(path)")
  }
}
