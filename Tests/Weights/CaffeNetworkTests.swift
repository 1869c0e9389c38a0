import Foundation
import GraftFiles
import GraftTensor
import TestSupport
import Testing

@testable import GraftWeights

private func network(_ text: String) throws -> CaffeNetwork {
  try CaffeNetwork(Bytes(Array(text.utf8), file: URL(fileURLWithPath: "/deploy.prototxt")))
}

private let old = """
  name: "old"  # a comment: { not a field }
  input: "data"
  input_dim: 1 input_dim: 3, input_dim: 224; input_dim: 112
  layers { bottom: "data" top: "conv1" name: "conv1" type: CONVOLUTION blobs_lr: 1 blobs_lr: 2
    convolution_param { num_output: 64 pad: 1 kernel_size: 3 weight_filler { type: "xavier" } } }
  layers { bottom: "conv1" top: "conv1" name: "relu1" type: RELU }
  layers { bottom: "conv1" top: "pool1" name: "pool1" type: POOLING pooling_param { pool: AVE kernel_size: 3 stride: 2 } }
  layers { bottom: "pool1" top: "fc" name: "fc" type: INNER_PRODUCT inner_product_param { num_output: 0x10 } }
  layers { bottom: "fc" top: "fc" name: "drop" type: DROPOUT dropout_param { dropout_ratio: .25f } }
  layers { bottom: "fc" bottom: "label" name: "loss" type: SOFTMAX_LOSS include: { phase: TRAIN } }
  layers { bottom: "fc" top: "prob" name: "prob" type: SOFTMAX include { phase: TEST } }
  """

@Test func theOldFormIsRead() throws {
  let network = try network(old)
  #expect(network.name == "old" && network.notes.isEmpty)
  #expect(network.inputs == [.init(name: "data", shape: [1, 3, 224, 112])])
  #expect(network.layers.map(\.name) == ["conv1", "relu1", "pool1", "fc", "drop", "prob"])
  #expect(
    network.layers.map(\.type) == ["Convolution", "ReLU", "Pooling", "InnerProduct", "Dropout", "Softmax"])
  let convolution = CaffeNetwork.Convolution(outputs: 64, kernel: .square(3), padding: .square(1))
  #expect(network.layer(named: "conv1")?.settings == .convolution(convolution))
  let pooling = CaffeNetwork.Pooling(method: .average, window: .square(3), strides: .square(2))
  #expect(network.layer(named: "pool1")?.settings == .pooling(pooling))
  #expect(
    network.layer(named: "fc")?.settings
      == .innerProduct(outputs: 16, usesBias: true, isTransposed: false))
  #expect(network.layer(named: "drop")?.settings == .dropout(rate: 0.25))
  let relu = try #require(network.layer(named: "relu1"))
  #expect(relu.bottoms == relu.tops && relu.settings == .none)
}

@Test func theNewFormIsRead() throws {
  let network = try network(
    """
    layer < name: 'in' type: 'Input' top: 'data' top: "size" input_param: { shape: { dim: [1, 3, 240, 320] } shape { dim: 2 } } >
    layer { name: "con" "v" type: "Convolution" bottom: "data" top: "a\\x41\\101\\u00e9\\n"
      convolution_param { num_output: 8 bias_term: false group: 8 kernel_h: 3 kernel_w: 5 stride: [2, 1]
        pad_h: 1 pad_w: 2 dilation: 2 engine: CUDNN axis: 1 } }
    layer { name: "pool" type: "Pooling" pooling_param { pool: 0 global_pooling: t } }
    layer { name: "floor" type: "Pooling" pooling_param { pool: MAX kernel_size: 2 round_mode: FLOOR } }
    layer { name: "leaky" type: "ReLU" relu_param { negative_slope: 1e-1 } }
    layer { name: "data2" type: "Data" exclude { phase: TEST } }
    layer { name: "staged" type: "Softmax" include { stage: "deploy" } }
    [an.extension] { a: nan }
    """)
  #expect(
    network.inputs == [.init(name: "data", shape: [1, 3, 240, 320]), .init(name: "size", shape: [2])])
  #expect(network.layers.map(\.name) == ["conv", "pool", "floor", "leaky"])
  #expect(network.layers[0].tops == ["aAAé\n"])
  #expect(
    network.layers[0].settings
      == .convolution(
        .init(
          outputs: 8, kernel: .init(height: 3, width: 5), strides: .init(height: 2, width: 1),
          padding: .init(height: 1, width: 2), dilations: .init(height: 2, width: 2), groups: 8,
          usesBias: false)))
  guard case .pooling(let global) = network.layers[1].settings,
    case .pooling(let floor) = network.layers[2].settings
  else {
    Issue.record("These are poolings.")
    return
  }
  #expect(global.window == nil && global.method == .maximum && global.roundsUp)
  #expect(!floor.roundsUp)
  #expect(
    network.notes == [
      "Line 4: axis of the layer conv is not known and was passed over.",
      "Line 7: relu_param of the layer leaky was passed over.",
      "Line 10: an.extension is not known here and was passed over.",
    ])
}

private let mistakes: [(text: String, problem: String)] = [
  ("", "the file is empty"),
  ("<!DOCTYPE html><html></html>", "this is a web page"),
  ("name: \"n\"", "line 1: no layer is described in this file"),
  ("layer {\n name: \"a\"\n type: \"ReLU\"\n", "line 1: the message that begins here is not closed"),
  ("layer { type: \"ReLU\" }", "line 1: the layer that begins here has no name"),
  ("\nlayer { name: \"a\" }", "line 2: the layer a has no type"),
  ("layer { name: a type: \"ReLU\" }", "line 1: name should be a text in quotation marks, not a"),
  ("layer: 3", "line 1: layer should be a message in braces, not 3"),
  ("layer { name: \"a\n\" }", "line 1: a text is not closed"),
  ("layer { name: \"\\q\" }", "a backslash in a text is followed by no escape that exists"),
  ("layer { name: \"\\377\" }", "this text is not UTF-8"),
  ("layer { name \"a\" }", "\"a\" } is not a colon or a message after the name of a field"),
  ("layer { name: }", "} is not a value"),
  ("layer { dim: [1 2] }", "2] } is not a comma or ] in a list"),
  ("}", "} is not the name of a field"),
  ("layer { name: \"a\" type: \"Convolution\" }", "num_output is missing in the layer that begins here"),
  (
    "layer { name: \"a\" type: \"Convolution\" convolution_param { num_output: 1 } }",
    "does not say how large its kernel is"
  ),
  (
    "layer { name: \"a\" type: \"Convolution\" convolution_param { num_output: -1 kernel_size: 1 } }",
    "num_output is -1 in the layer that begins here, which cannot be"
  ),
  (
    "layer { name: \"a\" type: \"InnerProduct\" inner_product_param { num_output: 99999999999999999999 } }",
    "num_output should be a whole number, not 99999999999999999999"
  ),
  (
    "layer { name: \"a\" type: \"Pooling\" pooling_param { pool: MIN kernel_size: 1 } }",
    "of the unknown kind MIN"
  ),
  ("layer { name: \"a\" type: \"Pooling\" }", "does not say how large its windows are"),
  (
    "layer { name: \"a\" type: \"InnerProduct\" inner_product_param { num_output: 1 bias_term: maybe } }",
    "bias_term should be true or false, not maybe"
  ),
  (String(repeating: "a{", count: 100_000), "messages lie within messages more than 32 levels deep"),
  (String(repeating: "[", count: 100_000), "] after the name of an extension is missing"),
  (String(repeating: "#", count: 5 << 20), "has 5242880 bytes, and a network description of Caffe has 4 MiB"),
]

@Test(arguments: mistakes.indices)
func mistakesInADescriptionAreNamedWithTheirLine(_ index: Int) {
  let text = message { _ = try network(mistakes[index].text) }
  #expect(text?.contains(mistakes[index].problem) == true, "\(text ?? "it was accepted")")
  #expect(text?.contains("deploy.prototxt") == true)
}

@Test func aDescriptionCutAnywhereIsReadOrRefused() {
  let bytes = Array(old.utf8)
  let readable = bytes.indices.filter { count in
    do {
      _ = try network(String(decoding: bytes[..<count], as: UTF8.self))
      return true
    } catch {
      #expect(error is WeightFileError, "\(error)")
      return false
    }
  }
  // Between its layers, it is a smaller network.
  #expect(readable.count > 0 && readable.count < bytes.count / 4)
}

@Test func aDamagedDescriptionIsReadOrRefused() {
  var random = RandomStream(seed: 7)
  let (sound, tokens) = (Array(old.utf8), Array("{}<>[]:,;#\"'\\-+.09axf\n\u{0}\u{7f}é".utf8))
  let readable = (0..<2000).count { _ in
    var bytes = sound
    for _ in 0...random.integer(below: 3) {
      let place = random.integer(below: bytes.count)
      switch random.integer(below: 3) {
      case 0: bytes[place] = tokens[random.integer(below: tokens.count)]
      case 1: bytes.insert(tokens[random.integer(below: tokens.count)], at: place)
      default: bytes.removeSubrange(place..<min(place + 1 + random.integer(below: 20), bytes.count))
      }
    }
    do {
      _ = try CaffeNetwork(Bytes(bytes, file: URL(fileURLWithPath: "/deploy.prototxt")))
      return true
    } catch {
      #expect(error is WeightFileError, "\(error)")
      return false
    }
  }
  #expect(readable > 0 && readable < 2000)
}

@Test(
  .enabled(if: TestData.has("golden"), "golden files not found: set GRAFT_TEST_DATA"))
func bothDescriptionsOfOneNetworkSayTheSame() throws {
  let old = try CaffeNetwork(contentsOf: TestData.url("golden/vgg_face_narrow_deploy_v1.prototxt"))
  let new = try CaffeNetwork(contentsOf: TestData.url("golden/vgg_face_narrow_deploy.prototxt"))
  #expect(old.inputs == [.init(name: "data", shape: [1, 3, 224, 224])] && old.inputs == new.inputs)
  #expect(old.layers.map(\.name) == new.layers.map(\.name) && old.layers.count == 39)
  #expect(old.layers.map(\.type) == new.layers.map(\.type))
  #expect(old.layers.map(\.settings) == new.layers.map(\.settings))
  #expect(old.notes.isEmpty && new.notes.isEmpty)
}

// MARK: Means

@Test func aMeanIsAPictureInBlueGreenRed() throws {
  let mean = try CaffeMean(contentsOf: golden("caffe/mean.binaryproto"))
  let picture = try NPZFile(contentsOf: golden("caffe/expected.npz")).tensor(named: "mean")
  #expect(mean.image.shape == [6, 4, 3])
  #expect(mean.image.scalars == picture.reshaped(to: [3, 6, 4]).transposed([1, 2, 0]).scalars)
  let channels = picture.reshaped(to: [3, 24]).mean(alongAxes: [1])
  expectClose(Tensor(shape: [3], scalars: mean.channelMeans), channels, within: 1e-6, "channel means")
  let middle = mean.centerCropped(height: 2, width: 2)
  #expect(middle.shape == [2, 2, 3])
  #expect(middle.scalars.prefix(3) == mean.image.scalars[(2 * 4 + 1) * 3..<(2 * 4 + 2) * 3])
}

@Test func whatIsNoMeanIsRefused() {
  let reasons = [
    ("caffe/v1.caffemodel", "this is a Caffe model, not a mean"),
    ("broken/html_page.caffemodel", "this is a web page"),
    ("broken/varint_without_end.caffemodel", "byte 1: a number has more than ten bytes"),
  ]
  for (file, reason) in reasons {
    let text = message { _ = try CaffeMean(contentsOf: golden(file)) }
    #expect(text?.contains(reason) == true, "\(text ?? "it was accepted")")
  }
}
