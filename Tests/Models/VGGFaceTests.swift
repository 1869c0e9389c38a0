import Foundation
import GraftImages
import GraftLayers
import GraftModels
import GraftTensor
import GraftWeights
import TestSupport
import Testing

private let folder = Golden.folder.appendingPathComponent("vgg_face")
private let weights = ["v1.caffemodel", "new.caffemodel"]

private func file(_ name: String) -> WeightSource { .file(folder.appendingPathComponent(name)) }

private func picture(_ array: NPYArray) throws -> Picture {
  let shape = array.shape
  let pixels = try array.integers.map { UInt8($0) }
  return Picture(width: shape[1], height: shape[0], channels: 3, pixels: pixels)
}

@Test(arguments: weights)
func narrowVGGFaceMatchesStageByStage(_ name: String) throws {
  let golden = try Golden.npz("vgg_face/outputs")
  let network = try VGGFace.classifier(
    weights: file(name),
    description: CaffeNetwork(contentsOf: folder.appendingPathComponent("deploy.prototxt")))
  let encoder = network.encoder
  #expect(encoder.preprocessing == .vggFace)
  let pictures = [try picture(golden.array(named: "picture"))]
  for (stage, array) in [("block4", "pool4"), ("block5", "pool5"), ("fc6", "fc6"), ("fc7", "fc7")] {
    let wanted = try golden.tensor(named: array)
    let features = encoder.features(of: pictures, through: stage).reshaped(to: wanted.shape)
    expectClose(features, wanted, within: 1e-4, stage)
  }
  expectClose(network.logits(of: pictures), try golden.tensor(named: "fc8"), within: 1e-4, "logits")
}

/// A message of Protocol Buffers.
private func field(_ number: Int, _ content: [UInt8]) -> [UInt8] {
  func variable(_ value: Int) -> [UInt8] {
    value < 0x80 ? [UInt8(value)] : [UInt8(value & 0x7f | 0x80)] + variable(value >> 7)
  }
  return variable(number << 3 | 2) + variable(content.count) + content
}

/// A layer of a caffemodel, its weights all 0.5.
private func caffeLayer(_ name: String, _ shapes: [[Int]]) -> [UInt8] {
  let blobs = shapes.flatMap { shape in
    field(
      7,
      field(7, field(1, shape.map { UInt8($0) }))
        + field(5, (0..<shape.reduce(1, *)).flatMap { _ in [0, 0, 0, 0x3f] as [UInt8] }))
  }
  return field(100, field(1, Array(name.utf8)) + field(2, Array("Convolution".utf8)) + blobs)
}

/// VGG-Face's convolutions have the names of VGG16's: its number of people tells whose means to subtract.
@Test(arguments: [2622, 1000])
func theNumberOfPeopleDecidesWhoseMeansAreSubtracted(_ people: Int) throws {
  try withTemporaryFolder { folder in
    let url = folder.appendingPathComponent("narrow.caffemodel")
    var bytes = field(1, Array("VGG".utf8))
    var inputs = 3
    for (block, count) in [2, 2, 3, 3, 3].enumerated() {
      for number in 1...count {
        let outputs = min(1 << block, 8)
        bytes += caffeLayer("conv\(block + 1)_\(number)", [[outputs, inputs, 3, 3], [outputs]])
        inputs = outputs
      }
    }
    // Lengths of more than seven bits go into two bytes.
    let length = [UInt8(people & 0x7f | 0x80), UInt8(people >> 7)]
    let biases = (0..<people).flatMap { _ in [0, 0, 0, 0x3f] as [UInt8] }
    bytes += field(
      100,
      field(1, Array("fc8".utf8)) + field(2, Array("InnerProduct".utf8))
        + field(7, field(7, field(1, length + [1])) + field(5, biases))
        + field(7, field(7, field(1, length)) + field(5, biases)))
    try Data(bytes).write(to: url)
    let encoder = try VGG.vgg16(weights: .file(url), width: 1)
    let means: SIMD3<Float> = people == 2622 ? [93.5940, 104.7624, 129.1863] : [103.939, 116.779, 123.68]
    #expect(encoder.preprocessing.style.mean == means && encoder.preprocessing.style.channelOrder == .bgr)
    #expect(encoder.preprocessing.style.divisor == 1)
  }
}

@Test func embeddingsAreThoseOfFC7() throws {
  let golden = try Golden.npz("vgg_face/outputs")
  let encoder = try VGGFace(weights: file("v1.caffemodel"))
  #expect(encoder.size == VGGFace.Size(width: 1, hiddenUnits: 6))
  let pictures = [try picture(golden.array(named: "picture"))]
  expectClose(encoder.embeddings(of: pictures), try golden.tensor(named: "fc7"), within: 1e-4, "embeddings")
  let half = encoder.features(of: pictures, through: "fc6")
  #expect(half.shape == [1, 1, 1, 6])
  let rest = encoder.features(of: half, from: "fc7", through: "fc7", .inference).flattened()
  expectClose(rest, try golden.tensor(named: "fc7"), within: 1e-4, "from fc6 on")
}

@Test func poolingsRoundUpAsInCaffe() throws {
  let golden = try Golden.npz("vgg_face/outputs")
  let encoder = try VGGFace(weights: file("new.caffemodel"))
  let input = try golden.tensor(named: "odd_input")
  for block in 1...5 {
    let features = encoder.features(of: input, from: nil, through: "block\(block)", .inference)
    expectClose(features, try golden.tensor(named: "odd_pool\(block)"), within: 1e-4, "block\(block)")
  }
}

@Test func vggFaceHasThePublishedNumberOfParameters() {
  let network = ClassificationNetwork(encoder: VGGFace(), top: VGGFace.top())
  #expect(network.parameterCount == 145_002_878)
  #expect(network.encoder.stages.map(\.name).suffix(3) == ["block5", "fc6", "fc7"])
  network.encoder.freeze(through: "fc6")
  #expect(network.encoder.lastFrozenStage?.name == "fc6")
  #expect(network.trainableParameterCount == 16_781_312 + 10_742_334)
}

@Test func aHeadForAnotherTaskSitsOnTheEmbeddings() throws {
  let encoder = try VGGFace(weights: file("v1.caffemodel"))
  encoder.freeze()
  let classifier = ClassificationNetwork.gender(encoder, hiddenUnits: 4)
  #expect(classifier.lastCacheableStage?.name == "fc7")
  #expect(classifier.trainableParameterCount == 6 * 4 + 4 + 4 * 5 + 5 + 5 * 2 + 2)
  let logits = classifier(Tensor(zeros: [2, 224, 224, 3]), .inference)
  #expect(logits.shape == [2, 2])
}

@Test func vggFaceIsReadAgainFromFilesOfGraftAndConversions() throws {
  let caffeFile = folder.appendingPathComponent("v1.caffemodel")
  try withTemporaryFolder { folder in
    let published = try VGGFace.classifier(weights: file("v1.caffemodel"))
    let own = folder.appendingPathComponent("own.safetensors")
    let encoderOnly = folder.appendingPathComponent("encoder.safetensors")
    let converted = folder.appendingPathComponent("converted.safetensors")
    func write(_ module: any Module, to url: URL) throws {
      try SafetensorsFile.write(
        module.state.map { ($0.key, $0.value) }, metadata: Preprocessing.vggFace.metadata, to: url)
    }
    try write(published, to: own)
    try write(published.encoder, to: encoderOnly)
    let caffe = try CaffeModelFile(contentsOf: caffeFile)
    try SafetensorsFile.write(caffe.names.map { ($0, try caffe.tensor(named: $0)) }, to: converted)
    let wanted = published.state.mapValues(\.scalars)
    for url in [own, converted] {
      #expect(try VGGFace.classifier(weights: .file(url)).state.mapValues(\.scalars) == wanted)
    }
    let encoder = published.encoder.state.mapValues(\.scalars)
    for url in [own, encoderOnly, converted] {
      #expect(try VGGFace(weights: .file(url)).state.mapValues(\.scalars) == encoder)
    }
    #expect {
      try VGGFace.classifier(weights: .file(encoderOnly))
    } throws: { error in
      "\(error)".contains("are not in the file")
    }
  }
}

@Test func theFormOfCaffeTensorFlowIsRead() throws {
  try withTemporaryFolder { temporary in
    let published = try VGGFace.classifier(weights: file("v1.caffemodel"))
    let state = published.state
    let paths = published.stateShapes.map(\.path)
    let tensors = try paths.map { path in
      // encoder.block1.conv2.kernel is conv1_2, and top.fc8.bias is fc8.
      let parts = path.split(separator: ".").map(String.init)
      let name = parts.count == 4 ? "conv\(parts[1].suffix(1))_\(parts[2].suffix(1))" : parts[1]
      return ("\(name)/\(path.hasSuffix("kernel") ? "weights" : "biases")", try #require(state[path]))
    }
    let url = temporary.appendingPathComponent("VGG_FACE.safetensors")
    try SafetensorsFile.write(tensors, to: url)
    let copy = try VGGFace.classifier(weights: .file(url))
    #expect(copy.state.mapValues(\.scalars) == state.mapValues(\.scalars))
    #expect(copy.encoder.preprocessing == .vggFace)
  }
}

@Test func vggFaceIsKnownByName() throws {
  let known = try #require(EncoderFamily.builtIn.network(named: "vgg_face"))
  #expect(!known.givesMaps && known.hasClassifier)
  let network = try known.classifier(weights: file("new.caffemodel"))
  #expect(network.encoder.architecture.family == "vgg_face")
  #expect(network.encoder.architecture != VGGFace(size: .init(width: 1, hiddenUnits: 7)).architecture)
  #expect(network.encoder.outputShape(of: "block5") == [7, 7, 8])
  #expect(network.encoder.outputShape(of: "fc7") == [1, 1, 6])
}

@Test func anAverageFaceReplacesThePublishedMeans() throws {
  let mean = try CaffeMean(contentsOf: Golden.folder.appendingPathComponent("caffe/mean.binaryproto"))
  let encoder = try VGGFace(weights: file("v1.caffemodel"), mean: mean)
  let style = encoder.preprocessing.style
  #expect(style.channelOrder == .bgr)
  #expect((0..<3).map { style.mean[$0] } == mean.channelMeans)
}

@Test func theDescriptionOfAnotherNetworkIsRefused() throws {
  try withTemporaryFolder { folder in
    let sound = try String(
      contentsOf: Golden.folder.appendingPathComponent("vgg_face/deploy.prototxt"), encoding: .utf8)
    let url = folder.appendingPathComponent("deploy.prototxt")
    let changes = [
      (
        "pad: 1 kernel_size: 3", "kernel_size: 3",
        "should describe conv1_1, a convolution of 3×3 to 1 channels"
      ),
      (
        "num_output: 3 }", "num_output: 4 }",
        "fc8, a dense layer of 3 units, and describes fc8, a dense layer of 4"
      ),
      ("pool: MAX", "pool: AVE", "should describe pool1"),
    ]
    for (old, new, reason) in changes {
      try sound.replacingOccurrences(of: old, with: new).write(to: url, atomically: true, encoding: .utf8)
      let description = try CaffeNetwork(contentsOf: url)
      #expect {
        try VGGFace.classifier(weights: file("v1.caffemodel"), description: description)
      } throws: { error in
        let text = "\(error)"
        return text.contains(reason) && text.contains("deploy.prototxt")
      }
    }
  }
}

@Test func vgg16TakesCaffesFileAndTheMeansThatBelongToIt() throws {
  // The narrow file has three people: its means are taken for ImageNet's.
  let narrow = try VGG.vgg16(weights: file("v1.caffemodel"), width: 1)
  #expect(narrow.preprocessing == .caffe)
  let face = try VGGFace(weights: file("v1.caffemodel"))
  let own = narrow.state.mapValues(\.scalars)
  #expect(face.state.mapValues(\.scalars).filter { $0.key.hasPrefix("block") } == own)
  #expect {
    try VGG.vgg19(weights: file("v1.caffemodel"), width: 1)
  } throws: { error in
    "\(error)".contains("This looks like VGG16 (Caffe): use VGG.vgg16.")
  }
}

@Test(
  .enabled(if: TestData.has("golden"), "golden files not found: set GRAFT_TEST_DATA"),
  arguments: ["vgg_face_narrow_v1", "vgg_face_narrow"])
func largerNarrowVGGFaceMatchesToo(_ name: String) throws {
  let golden = try NPZFile(contentsOf: TestData.url("golden/vgg_face_narrow.npz"))
  let description = name.replacingOccurrences(of: "narrow", with: "narrow_deploy") + ".prototxt"
  let network = try VGGFace.classifier(
    weights: .file(TestData.url("golden/\(name).caffemodel")),
    description: CaffeNetwork(contentsOf: TestData.url("golden/\(description)")))
  let pictures = [try picture(golden.array(named: "picture"))]
  let stages = [
    ("block3", "pool3"), ("block4", "pool4"), ("block5", "pool5"), ("fc6", "fc6"), ("fc7", "fc7"),
  ]
  for (stage, array) in stages {
    let wanted = try golden.tensor(named: array)
    let features = network.encoder.features(of: pictures, through: stage).reshaped(to: wanted.shape)
    expectClose(features, wanted, within: 1e-4, stage)
  }
  let logits = network.logits(of: pictures)
  expectClose(logits, try golden.tensor(named: "logits"), within: 1e-4, "logits")
  expectClose(softmax(logits), try golden.tensor(named: "probabilities"), within: 1e-4, "probabilities")
  let odd = try picture(golden.array(named: "odd_picture"))
  let input = Preprocessing(width: odd.width, height: odd.height, style: .vggFace).tensor(of: [odd])
  for block in 1...5 {
    let features = network.encoder.features(of: input, from: nil, through: "block\(block)", .inference)
    expectClose(features, try golden.tensor(named: "odd_pool\(block)"), within: 1e-4, "odd block\(block)")
  }
}
