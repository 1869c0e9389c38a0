import GraftLayers
import GraftTensor

/// Makes the parts of a ``ResNet``.
struct ResNetBuilder {
  let depth: ResNet.Depth
  let variant: ResNet.Variant

  /// How many times as many channels as its convolutions a block has at its end.
  var expansion: Int { depth.hasBottlenecks ? 4 : 1 }

  private typealias Step = (name: String, layer: any Module)

  /// conv1: a 7×7 convolution with stride 2.
  func stem(width: Int, random: RandomStream) -> Sequential {
    Sequential(
      normalized("", inputs: 3, outputs: width, size: 7, stride: 2, random: random) + [relu("")])
  }

  /// conv2 … conv5.
  ///
  /// - Parameter index: 0 for conv2, which begins with the pooling.
  func stage(_ index: Int, inputs: Int, width: Int, random: RandomStream) -> Sequential {
    let padding: Padding = variant == .kerasUnpadded ? .valid : .symmetric(1)
    let pool: [Step] = index == 0 ? [("pool", MaxPool2D(window: 3, stride: 2, padding: padding))] : []
    let blocks = (1...depth.blocks[index]).map { number -> Step in
      let isFirst = number == 1
      return (
        "block\(number)",
        block(
          inputs: isFirst ? inputs : width * expansion, width: width, stride: isFirst && index > 0 ? 2 : 1,
          random: random.child("block", number))
      )
    }
    return Sequential(pool + blocks)
  }

  private func block(inputs: Int, width: Int, stride: Int, random: RandomStream) -> Residual {
    let outputs = width * expansion
    let branch = depth.hasBottlenecks ? bottleneck : basicBranch
    let isProjected = inputs != outputs || stride != 1
    let projection = normalized(
      "", inputs: inputs, outputs: outputs, size: 1, stride: stride, random: random.child("shortcut"))
    return Residual(
      Sequential(branch(inputs, width, stride, random.child("branch"))),
      shortcut: isProjected ? Sequential(projection) : nil)
  }

  private func bottleneck(_ inputs: Int, _ width: Int, _ stride: Int, _ random: RandomStream) -> [Step] {
    let isStrideFirst = variant != .torchvision
    return normalized(
      "1", inputs: inputs, outputs: width, size: 1, stride: isStrideFirst ? stride : 1, random: random)
      + [relu("1")]
      + normalized(
        "2", inputs: width, outputs: width, size: 3, stride: isStrideFirst ? 1 : stride, random: random)
      + [relu("2")]
      + normalized("3", inputs: width, outputs: width * expansion, size: 1, random: random)
  }

  private func basicBranch(_ inputs: Int, _ width: Int, _ stride: Int, _ random: RandomStream) -> [Step] {
    normalized("1", inputs: inputs, outputs: width, size: 3, stride: stride, random: random) + [relu("1")]
      + normalized("2", inputs: width, outputs: width, size: 3, random: random)
  }

  private func relu(_ number: String) -> Step { ("relu" + number, Activation(.relu)) }

  /// A convolution that keeps the size, but for its stride, and a batch normalisation.
  private func normalized(
    _ number: String, inputs: Int, outputs: Int, size: Int, stride: Int = 1, random: RandomStream
  ) -> [Step] {
    let isKeras = variant != .torchvision
    return [
      (
        "conv" + number,
        Conv2D(
          inputs: inputs, outputs: outputs, kernelSize: size, stride: stride, padding: .symmetric(size / 2),
          usesBias: isKeras, random: random.child("conv" + number))
      ),
      (
        "bn" + number,
        BatchNorm(channels: outputs, epsilon: variant.epsilon, momentum: isKeras ? .keras() : .pyTorch())
      ),
    ]
  }
}
