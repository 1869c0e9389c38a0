import Foundation
import GraftFiles
import GraftTensor
import Testing

@testable import GraftWeights

private func bytes(_ array: [UInt8]) -> Bytes { Bytes(array, file: URL(fileURLWithPath: "/made.pth")) }

/// Reads a pickle and looks for tensors: the text of the error, which there must be.
private func refusal(_ pickle: [UInt8]) -> String {
  message { _ = try StateDictionary(PickleReader.pickle(bytes(pickle), part: "data.pkl")) }
    ?? "it was accepted"
}

@Test func aListThatContainsItselfEnds() {
  var pickle = PickleBytes()
  pickle.raw("]q\0h\0a")
  #expect(refusal(pickle.stopped).contains("there is no tensor in it"))
}

@Test func aDictionaryThatContainsItselfHasItsTensorsOnce() throws {
  try withTemporaryFolder { folder in
    var pickle = PickleBytes()
    pickle.raw("}q\0(")
    pickle.text("itself")
    pickle.raw("h\0")
    pickle.text("weight")
    pickle.tensor(storage: "0", count: 2, dimensions: [2], strides: [1])
    pickle.raw("u")
    let file = folder.appendingPathComponent("cycle.pth")
    try PickleBytes.write(pickle.stopped, storages: ["0": [3, 4]], to: file)
    let read = try PyTorchFile(contentsOf: file)
    #expect(read.names == ["weight"])
    #expect(try read.tensor(named: "weight").scalars == [3, 4])
  }
}

@Test func twoHundredThousandNestedListsEndInAnError() {
  var pickle = PickleBytes()
  pickle.raw(String(repeating: "]", count: 200_000) + String(repeating: "a", count: 199_999))
  #expect(refusal(pickle.stopped).contains("nests more than 64 lists"))
}

@Test func aHundredThousandNestedArraysEndInAnError() {
  var pickle = PickleBytes()
  pickle.global("numpy.core.multiarray", "_reconstruct")
  pickle.raw("q\0")
  pickle.global("numpy", "dtype")
  pickle.raw("U\u{2}O8\u{85}Rq\u{1}")
  pickle.raw(String(repeating: "h\0)R(K\u{1})h\u{1}\u{89}]", count: 100_000))
  pickle.raw("N" + String(repeating: "atb", count: 100_000))
  #expect(refusal(pickle.stopped).contains("nests more than 64 lists"))
}

@Test func valuesThatDoubleByReferenceCostNoMoreThanTheirBytes() {
  var pickle = PickleBytes()
  pickle.raw("]q\0")
  for level in 0..<60 {
    let (last, next) = (Unicode.Scalar(UInt8(level)), Unicode.Scalar(UInt8(level + 1)))
    pickle.raw("](h\(last)h\(last)eq\(next)")
  }
  #expect(refusal(pickle.stopped).contains("there is no tensor in it"))
}

@Test func hundredsOfThousandsOfEntriesAreRead() throws {
  var pickle = PickleBytes()
  pickle.raw("}(")
  for index in 0..<300_000 {
    pickle.integer(index)
    pickle.raw("N")
  }
  pickle.raw("u")
  let read = try PickleReader.pickle(bytes(pickle.stopped), part: "data.pkl")
  #expect(read.dictionary(read.root)?.count == 300_000)
}

@Test func valuesAreCountedAlsoWhereOneOpcodeCopiesMany() {
  var many = PickleBytes()
  many.raw(String(repeating: "N", count: 5_000_000))
  #expect(refusal(many.stopped).contains("makes more than 4194304 values"))
  var copies = PickleBytes()
  copies.raw("}q\0(" + String(repeating: "NN", count: 50_000) + "u")
  copies.global("collections", "OrderedDict")
  copies.raw("q\u{1}")
  copies.raw(String(repeating: "h\u{1}h\0\u{85}R", count: 1000))
  #expect(refusal(copies.stopped).contains("makes more than 4194304 values"))
}

@Test func dictionariesOfPython2AreReadFromTheirPairs() throws {
  var pickle = PickleBytes()
  pickle.global("collections", "OrderedDict")
  pickle.raw("](](U\u{3}oneK\u{1}e](U\u{3}twoK\u{2}ee\u{85}R")
  let read = try PickleReader.pickle(bytes(pickle.stopped), part: "data.pkl")
  guard case .integer(2)? = read.value(of: "two", in: read.root) else {
    Issue.record("The second pair is missing.")
    return
  }
}

@Test(
  arguments: [
    ("cos\nsystem\n", "its pickle wants to call os.system"),
    ("\u{8c}\u{2}os\u{8c}\u{6}system\u{93}", "its pickle wants to call os.system"),
    ("ctorch\nload\n", "its pickle wants to call torch.load"),
    ("c__builtin__\nexec\n", "its pickle wants to call __builtin__.exec"),
    (
      "ctorch._utils\n_rebuild_nested_tensor\n",
      "its pickle wants to call torch._utils._rebuild_nested_tensor"
    ),
    ("cnumpy\nload\n", "its pickle wants to call numpy.load"),
    (
      "ctorchvision.models.resnet\nResNet\n)\u{81}.",
      "whole Python object of the class torchvision.models.resnet.ResNet"
    ),
    ("ctorch.serialization\n_get_layout\n)R.", "there is no tensor in it"),
    ("i", "0x69 is no opcode"), ("\u{80}\u{6}", "pickle protocol 6 is unknown"), ("N", "the file ends"),
    ("X\u{ff}\u{ff}\u{ff}\u{ff}", "4294967295 bytes are announced"),
    ("\u{8d}\u{ff}\u{ff}\u{ff}\u{ff}\u{ff}\u{ff}\u{ff}\u{ff}", "a length of 18446744073709551615"),
    ("\u{8b}\u{ff}\u{ff}\u{ff}\u{ff}", "a length of -1"), ("h\u{7}", "refers to value 7"),
    ("t", "a mark that it has not set"), ("(R", "takes a value where there is none"),
    ("N\u{87}", "takes more values than there are"), ("}NNs(Nu", "sets a key without a value"),
    ("NNa", "appends to something that is no list"), ("N)R", "calls something that is no function"),
    ("c\n", "the name of a function is missing"), ("(U\u{6}moduletQ", "this is a whole pickled model"),
    ("ctorch._utils\n_rebuild_tensor_v2\n)R", "the description of a tensor"),
    ("ctorch\nFloatStorage\n)R", "calls a class that tensors do not call"),
  ])
func whatNoWeightFileHasIsRefused(_ opcodes: String, _ reason: String) {
  var pickle = PickleBytes()
  pickle.raw(opcodes)
  #expect(refusal(pickle.bytes).contains(reason), "\(refusal(pickle.bytes))")
}

@Test func everyOpcodeOnAnEmptyStackEndsInAnError() {
  for opcode in UInt8.min...UInt8.max {
    for rest in [[], [0x2e], [0, 0, 0, 0, 0, 0, 0, 0, 0x2e]] as [[UInt8]] {
      #expect(throws: WeightFileError.self) {
        try StateDictionary(PickleReader.pickle(bytes([0x80, 2, opcode] + rest), part: "data.pkl"))
      }
    }
  }
}

/// Places of a tensor in a storage of four numbers, and why they cannot be.
private let places: [(offset: Int, dimensions: [Int], strides: [Int], reason: String)] = [
  (3, [2], [1], "does not lie inside"), (-1, [2], [1], "does not lie inside"),
  (.max, [2], [1], "does not lie inside"),
  (0, [2, 2], [1], "does not lie inside"), (0, [-1], [1], "does not lie inside"),
  (0, [2], [-1], "does not lie inside"),
  (0, [1 << 32, 1 << 32], [0, 0], "does not lie inside"),
  (0, [3, 3], [1 << 62, 1 << 62], "does not lie inside"),
  (0, [0, 1 << 32, 1 << 32], [1, 1, 1], "does not lie inside"), (5, [0], [1], "does not lie inside"),
  (0, [1 << 40], [0], "repeat the same numbers"),
]

@Test(arguments: places.indices)
func tensorsOutsideTheirStoragesAreRefused(_ index: Int) throws {
  let (offset, dimensions, strides, reason) = places[index]
  try withTemporaryFolder { folder in
    var pickle = PickleBytes()
    pickle.raw("}")
    pickle.text("weight")
    pickle.tensor(storage: "0", count: 4, offset: offset, dimensions: dimensions, strides: strides)
    pickle.raw("s")
    let file = folder.appendingPathComponent("outside.pth")
    try PickleBytes.write(pickle.stopped, storages: ["0": [1, 2, 3, 4]], to: file)
    let text = message { _ = try PyTorchFile(contentsOf: file) }
    #expect(
      text?.contains(reason) == true && text?.contains("weight: ") == true, "\(text ?? "it was accepted")")
  }
}

@Test func tensorsThatShareTooMuchAreRefused() throws {
  try withTemporaryFolder { folder in
    let numbers = [Float](repeating: 1, count: 100_000)
    for (count, isFine) in [(10, true), (40, false)] {
      var pickle = PickleBytes()
      pickle.raw("}(")
      for index in 0..<count {
        pickle.text("w\(index)")
        pickle.tensor(storage: "0", count: numbers.count, dimensions: [numbers.count], strides: [1])
      }
      pickle.raw("u")
      let file = folder.appendingPathComponent("\(count).pth")
      try PickleBytes.write(pickle.stopped, storages: ["0": numbers], to: file)
      let text = message { _ = try PyTorchFile(contentsOf: file) }
      #expect(
        isFine ? text == nil : text?.contains("repeat the same numbers") == true, "\(text ?? "accepted")")
    }
  }
}

@Test func twoTensorsOfOneNameAreRefused() throws {
  var pickle = PickleBytes()
  pickle.raw("}(")
  for _ in 0..<2 {
    pickle.text("weight")
    pickle.tensor(storage: "0", count: 1, dimensions: [1], strides: [1])
  }
  pickle.raw("u")
  #expect(refusal(pickle.stopped).contains("weight: two tensors have this name"))
}

@Test func objectsAreLeftOutWhateverIsDoneToThem() throws {
  // Made by a call, by a class, by a class with arguments by name and by a helper; given a state, items and elements;
  // called again.
  let opcodes = [
    "cpathlib\nPosixPath\n(U\u{1}atR", "cargparse\nNamespace\n)\u{81}}b", "cuser.code\nC\n)}\u{92}",
    "ccopyreg\n_reconstructor\n(cuser.code\nC\nc__builtin__\nobject\nNtR",
    "cuser.code\nD\n)\u{81}(U\u{1}kK\u{1}u",
    "cuser.code\nL\n)\u{81}(K\u{1}K\u{2}e", "cuser.code\nF\n)R)R", "(K\u{1}\u{91}", "N0N",
  ]
  try withTemporaryFolder { folder in
    for (index, object) in opcodes.enumerated() {
      var pickle = PickleBytes()
      pickle.raw("}(")
      pickle.text("object")
      pickle.raw(object)
      pickle.text("weight")
      pickle.tensor(storage: "0", count: 1, dimensions: [1], strides: [1])
      pickle.raw("u")
      let file = folder.appendingPathComponent("\(index).pth")
      try PickleBytes.write(pickle.stopped, storages: ["0": [5]], to: file)
      let read = try PyTorchFile(contentsOf: file)
      #expect(read.names == ["weight"])
      #expect(try read.tensor(named: "weight").scalars == [5])
      let isPlain = index >= opcodes.count - 2
      #expect(
        isPlain
          ? read.notes.isEmpty
          : read.notes.count == 1 && read.notes[0].hasPrefix("Left out: object of the class "),
        "\(read.notes)")
    }
  }
}

@Test func tensorsInADictionaryOfAnotherClassAreFound() throws {
  try withTemporaryFolder { folder in
    var pickle = PickleBytes()
    pickle.raw("cuser.code\nAttributes\n)\u{81}(")
    pickle.text("state_dict")
    pickle.raw("cuser.code\nAttributes\n)\u{81}(")
    pickle.text("weight")
    pickle.tensor(storage: "0", count: 1, dimensions: [1], strides: [1])
    pickle.raw("u")
    pickle.text("epoch")
    pickle.raw("K\u{3}u")
    let file = folder.appendingPathComponent("attributes.pth")
    try PickleBytes.write(pickle.stopped, storages: ["0": [5]], to: file)
    #expect(try PyTorchFile(contentsOf: file).names == ["weight"])
  }
}

@Test func longKeysOverManyTensorsAreCounted() {
  var pickle = PickleBytes()
  pickle.raw("}q\u{1}")
  pickle.text(String(repeating: "k", count: 100_000))
  pickle.raw("](")
  pickle.tensor(storage: "0", count: 1, dimensions: [1], strides: [1])
  pickle.raw("q\u{2}" + String(repeating: "h\u{2}", count: 1000) + "es")
  #expect(refusal(pickle.stopped).contains("the names of its tensors are longer than the file"))
}
