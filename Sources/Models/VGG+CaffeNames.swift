import GraftWeights

extension VGG {
  /// The names in the Caffe files of the authors: `conv1_1/0`, and `fc6` to `fc8` for the classifier, whose first layer
  /// sees the features in the order C,H,W.
  static func caffeNames(_ depth: Depth) -> NamingTable {
    let flattened = WeightLayout.denseOIFlattenedCHW(channels: 512, height: 7, width: 7)
    let top = [("fc1", "fc6", flattened), ("fc2", "fc7", .denseOI), ("predictions", "fc8", .denseOI)]
    return NamingTable(
      "\(depth.title) (Caffe)",
      depth.caffeEntries()
        + top.flatMap { NamingTable.Entry.caffe($0, layer: $1, layout: $2, isOptional: true) },
      advice: "use VGG.\(depth.rawValue)")
  }
}

extension VGG.Depth {
  /// The convolutions under the names of the authors' Caffe files, `conv1_1` and so on, as ``CaffeModelFile`` has them:
  /// `conv1_1/0` is the kernel, `conv1_1/1` the bias.
  func caffeEntries(below prefix: String = "") -> [NamingTable.Entry] {
    convolutions.enumerated().flatMap { block, count in
      (1...count).flatMap { number in
        NamingTable.Entry.caffe(
          "\(prefix)block\(block + 1).conv\(number)", layer: "conv\(block + 1)_\(number)",
          layout: .convolutionOIHW)
      }
    }
  }
}

extension NamingTable.Entry {
  /// The kernel and the bias of a layer in a Caffe file.
  ///
  /// - Parameters:
  ///   - path: of the layer in the model.
  ///   - layer: what Caffe calls it.
  ///   - layout: of the kernel.
  ///   - isOptional: whether a model may lack the layer.
  static func caffe(
    _ path: String, layer: String, layout: WeightLayout, isOptional: Bool = false
  ) -> [NamingTable.Entry] {
    [
      NamingTable.Entry("\(path).kernel", from: "\(layer)/0", layout: layout, isOptional: isOptional),
      NamingTable.Entry("\(path).bias", from: "\(layer)/1", isOptional: isOptional),
    ]
  }
}
