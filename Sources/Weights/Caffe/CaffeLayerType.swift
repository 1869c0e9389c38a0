/// What kind a layer of Caffe is.
///
/// Newer files spell it out (`Convolution`); the older form has a number in a binary file and a word in a text
/// (`CONVOLUTION`). Numbers and words are those of `V1LayerParameter.LayerType` in Caffe's caffe.proto.
enum CaffeLayerType {
  /// The old words in the order of their numbers, and what newer files say.
  private static let kinds: [(word: String, name: String)] = [
    ("NONE", "None"), ("ACCURACY", "Accuracy"), ("BNLL", "BNLL"), ("CONCAT", "Concat"),
    ("CONVOLUTION", "Convolution"), ("DATA", "Data"), ("DROPOUT", "Dropout"),
    ("EUCLIDEAN_LOSS", "EuclideanLoss"), ("FLATTEN", "Flatten"), ("HDF5_DATA", "HDF5Data"),
    ("HDF5_OUTPUT", "HDF5Output"), ("IM2COL", "Im2col"), ("IMAGE_DATA", "ImageData"),
    ("INFOGAIN_LOSS", "InfogainLoss"), ("INNER_PRODUCT", "InnerProduct"), ("LRN", "LRN"),
    ("MULTINOMIAL_LOGISTIC_LOSS", "MultinomialLogisticLoss"), ("POOLING", "Pooling"), ("RELU", "ReLU"),
    ("SIGMOID", "Sigmoid"), ("SOFTMAX", "Softmax"), ("SOFTMAX_LOSS", "SoftmaxWithLoss"), ("SPLIT", "Split"),
    ("TANH", "TanH"), ("WINDOW_DATA", "WindowData"), ("ELTWISE", "Eltwise"), ("POWER", "Power"),
    ("SIGMOID_CROSS_ENTROPY_LOSS", "SigmoidCrossEntropyLoss"), ("HINGE_LOSS", "HingeLoss"),
    ("MEMORY_DATA", "MemoryData"), ("ARGMAX", "ArgMax"), ("THRESHOLD", "Threshold"),
    ("DUMMY_DATA", "DummyData"), ("SLICE", "Slice"), ("MVN", "MVN"), ("ABSVAL", "AbsVal"),
    ("SILENCE", "Silence"), ("CONTRASTIVE_LOSS", "ContrastiveLoss"), ("EXP", "Exp"),
    ("DECONVOLUTION", "Deconvolution"),
  ]

  private static let namesByWord = Dictionary(uniqueKeysWithValues: kinds.map { ($0.word, $0.name) })

  /// The new name for an old number; nil for an unknown one.
  static func name(number: UInt64) -> String? {
    Int(exactly: number).flatMap { kinds.indices.contains($0) ? kinds[$0].name : nil }
  }

  /// The new name for an old word; what is none is returned as it is.
  static func name(word: String) -> String { namesByWord[word] ?? word }

  /// How many axes the first blob of such a layer has at least, which older files do not say: they fill up shapes to four
  /// axes with ones in front.
  static func leastRank(ofFirstBlobOf type: String) -> Int {
    switch type {
    case "Convolution", "Deconvolution": 4
    case "InnerProduct", "Embed": 2
    default: 1
    }
  }
}
