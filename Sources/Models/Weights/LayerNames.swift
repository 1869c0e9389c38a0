import GraftWeights

/// How Keras names the weights of its layers: `conv1/conv1/kernel:0` in files of Keras 2, without `:0` in those of Keras 3,
/// `conv1/vars/0` in its `.weights.h5` and `.keras`, and `conv1/conv1_W_1:0` in those of Keras 1, which are still the
/// published ones of VGG. A model that is a layer of another one does not repeat the layer: `vgg16/conv1/kernel:0`.
enum KerasNames {
  /// `kernel` and `bias` of a convolution or of a dense layer.
  static func kernelAndBias(_ path: String, layer: String) -> [NamingTable.Entry] {
    [entry("\(path).kernel", layer, "kernel", 0, "W"), entry("\(path).bias", layer, "bias", 1, "b")]
  }

  /// The four tensors of a batch normalisation. What Keras 1 calls `running_std` is the variance.
  static func batchNorm(_ path: String, layer: String) -> [NamingTable.Entry] {
    [
      entry("\(path).gamma", layer, "gamma", 0, "gamma"), entry("\(path).beta", layer, "beta", 1, "beta"),
      entry("\(path).mean", layer, "moving_mean", 2, "running_mean"),
      entry("\(path).variance", layer, "moving_variance", 3, "running_std"),
    ]
  }

  /// - Parameters:
  ///   - number: the weight's place among those of its layer.
  ///   - old: what Keras 1 called it.
  private static func entry(
    _ path: String, _ layer: String, _ name: String, _ number: Int, _ old: String
  ) -> NamingTable.Entry {
    NamingTable.Entry(
      path, from: "\(layer)/\(layer)/\(name):0", "\(layer)/\(layer)/\(name)", "\(layer)/\(layer)_\(old)_1:0",
      "\(layer)/\(layer)_\(old):0", "\(layer)/vars/\(number)", "\(layer)/\(name):0", "\(layer)/\(name)",
      "\(layer)_\(old)_1:0", "\(layer)_\(old):0")
  }
}

/// How PyTorch names the weights of its modules: `layer1.0.conv1.weight`.
enum PyTorchNames {
  /// `kernel`, and `bias` if there is one, of a convolution.
  static func convolution(_ path: String, module: String, usesBias: Bool = true) -> [NamingTable.Entry] {
    [.init("\(path).kernel", from: "\(module).weight", layout: .convolutionOIHW)]
      + (usesBias ? [.init("\(path).bias", from: "\(module).bias")] : [])
  }

  /// `kernel` and `bias` of a dense layer.
  static func dense(_ path: String, module: String, layout: WeightLayout = .denseOI) -> [NamingTable.Entry] {
    [
      .init("\(path).kernel", from: "\(module).weight", layout: layout),
      .init("\(path).bias", from: "\(module).bias"),
    ]
  }

  /// The four tensors of a batch normalisation.
  static func batchNorm(_ path: String, module: String) -> [NamingTable.Entry] {
    [
      ("gamma", "weight"), ("beta", "bias"), ("mean", "running_mean"), ("variance", "running_var"),
    ].map { name, theirs in .init("\(path).\(name)", from: "\(module).\(theirs)") }
  }

  /// The counters of training steps that lie beside running statistics, and that nothing needs.
  static func counters(beside entries: [NamingTable.Entry]) -> Set<String> {
    Set(
      entries.flatMap(\.fileNames).filter { $0.hasSuffix(".running_mean") }.map {
        $0.replacing(".running_mean", with: ".num_batches_tracked")
      })
  }
}

/// How Caffe names the weights of its layers, as `CaffeModelFile` has them: `conv1_1/0` is the kernel, `conv1_1/1` the bias.
enum CaffeNames {
  /// `kernel` and `bias` of a convolution or of a dense layer.
  static func kernelAndBias(_ path: String, layer: String, layout: WeightLayout) -> [NamingTable.Entry] {
    [
      .init("\(path).kernel", from: "\(layer)/0", layout: layout),
      .init("\(path).bias", from: "\(layer)/1"),
    ]
  }
}
