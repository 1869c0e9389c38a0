import Foundation
import GraftTensor
import GraftWeights
import Testing

@Test(arguments: ["bf16", "f16", "f64", "i64", "mixed", "no_metadata", "padded_unordered"])
func goldenTensorsAreReadAsWhatTheyHold(_ name: String) throws {
  let file = try SafetensorsFile(contentsOf: golden("safetensors/\(name).safetensors"))
  let expected = try NPZFile(contentsOf: golden("safetensors/expected.npz"))
  let arrays = expected.names.filter { $0.hasPrefix(name + "/") }
  #expect(Set(file.names.map { "\(name)/\($0)" }) == Set(arrays))
  for tensorName in file.names {
    let array = try expected.array(named: "\(name)/\(tensorName)")
    #expect(file.shape(of: tensorName) == array.shape)
    if name == "i64", try array.integers.contains(where: { Float(exactly: $0) == nil }) {
      let text = message { _ = try file.tensor(named: tensorName) }
      #expect(text?.contains("no exact place in float32") == true)
      continue
    }
    let tensor = try file.tensor(named: tensorName)
    #expect(tensor.shape == array.shape)
    #expect(tensor.scalarType == .float32)
    let difference = zip(tensor.scalars, try array.tensor().scalars).filter { own, golden in
      own.bitPattern != golden.bitPattern && !(own.isNaN && golden.isNaN)
    }
    #expect(difference.isEmpty, "\(tensorName)")
  }
}

@Test func metadataComesWithTheTensors() throws {
  let file = try SafetensorsFile(contentsOf: golden("safetensors/bf16.safetensors"))
  #expect(file.metadata == ["format": "pt", "dtype": "bfloat16", "unicode": "Gesichter – 顔"])
  #expect(try SafetensorsFile(contentsOf: golden("safetensors/no_metadata.safetensors")).metadata.isEmpty)
}

@Test func namesComeInTheOrderOfTheHeader() throws {
  let file = try SafetensorsFile(contentsOf: golden("safetensors/padded_unordered.safetensors"))
  #expect(file.names == ["second", "first"])
}

@Test func alignedTensorsReadTheMappingInPlace() throws {
  let file = try SafetensorsFile(contentsOf: golden("safetensors/mixed.safetensors"))
  func address(_ name: String) throws -> UnsafeRawPointer? {
    try file.tensor(named: name).withUnsafeBytes { $0.baseAddress }
  }
  #expect(try address("f32") == address("f32"))
  #expect(try address("f32").map { $0 + 288 } == address("scalar"))
}

@Test func aMappedTensorIsCopiedBeforeItIsWritten() throws {
  let file = try SafetensorsFile(contentsOf: golden("safetensors/no_metadata.safetensors"))
  let original = try file.tensor(named: "x").scalars
  var changed = try file.tensor(named: "x")
  changed.withUnsafeMutableScalars { $0[0] += 1 }
  #expect(changed.scalars[0] == original[0] + 1)
  #expect(try file.tensor(named: "x").scalars == original)
}

/// Calls `body` with a file of this header and these bytes.
private func withFile(header: String, data: [UInt8], _ body: (URL) throws -> Void) throws {
  try withTemporaryFolder { folder in
    let file = folder.appendingPathComponent("made.safetensors")
    let length = (0..<8).map { UInt8(truncatingIfNeeded: header.utf8.count >> (8 * $0)) }
    try Data(length + Array(header.utf8) + data).write(to: file)
    try body(file)
  }
}

@Test func misalignedTensorsAreCopied() throws {
  let header = #"{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}} "#
  #expect((8 + header.utf8.count) % 4 != 0)
  try withFile(header: header, data: [0, 0, 0x80, 0x3f, 0, 0, 0, 0x40]) { file in
    let tensor = try SafetensorsFile(contentsOf: file).tensor(named: "x")
    #expect(tensor.scalars == [1, 2])
  }
}

@Test func escapesInNamesAreResolved() throws {
  let header = #"{"\u0061\/\"\\\n\ud83d\udc64":{"dtype":"U8","shape":[],"data_offsets":[0,1]}}"#
  try withFile(header: header, data: [7]) { file in
    let read = try SafetensorsFile(contentsOf: file)
    #expect(read.names == ["a/\"\\\n👤"])
    #expect(try read.tensor(named: read.names[0]).scalar == 7)
  }
}

private let place = #""dtype":"U8","shape":[1],"data_offsets":[0,1]"#

@Test(
  arguments: [
    (#"{"a":{\#(place)},"\u0061":{\#(place)}}"#, "the name a comes twice"),
    (#"{"a":{"dtype":"U8",\#(place)}}"#, "the name dtype comes twice"),
    (#"{"__metadata__":{"k":"1","k":"2"},"a":{\#(place)}}"#, "the name k comes twice"),
    (#"{"\ud83d":{\#(place)}}"#, "half a surrogate pair"),
    (#"{"\q":{\#(place)}}"#, "a backslash before"),
    (#"{"a":{"dtype":"U8","shape":[01],"data_offsets":[0,1]}}"#, "no whole number"),
    (#"{"a":{"dtype":"U8","shape":[99999999999999999999],"data_offsets":[0,1]}}"#, "no whole number"),
    (#"{"a":{"dtype":"U8","shape":[1],"offsets":[0,1]}}"#, "offsets has no meaning"),
    (#"{"a":{"dtype":"U8","shape":[1]}}"#, "lacks its dtype, its shape or its two data_offsets"),
    (#"{"a":{\#(place)},}"#, "is missing"),
    (#"{"a":{\#(place)}} x"#, "something follows"),
  ])
func headersThatBreakTheRulesAreRefused(_ header: String, _ reason: String) throws {
  try withFile(header: header, data: [7]) { file in
    let text = message { _ = try SafetensorsFile(contentsOf: file) }
    #expect(text?.contains(reason) == true, "\(text ?? "it was accepted")")
  }
}

@Test func controlCharactersOfAFileDoNotReachTheTerminal() throws {
  let header = #"{"\u001b[2J":{"dtype":"F8_E4M3","shape":[1],"data_offsets":[0,1]}}"#
  try withFile(header: header, data: [7]) { file in
    let read = try SafetensorsFile(contentsOf: file)
    let text = try #require(message { _ = try read.tensor(named: read.names[0]) })
    #expect(text.contains("F8_E4M3"))
    #expect(!text.contains("\u{1b}"))
  }
}

@Test func writtenTensorsAreReadBackUnchanged() throws {
  try withTemporaryFolder { folder in
    let file = folder.appendingPathComponent("model.safetensors")
    let tensor = Tensor.counting([3, 3, 2, 4])
    let metadata = ["preprocessing": #"{"order": "BGR\n"}"#, "line\n\u{1}": "Grüße 顔 \\ 👤"]
    try SafetensorsFile.write(
      [
        ("block1.conv1.kernel", tensor), ("\"quoted\"", Tensor(7.5)),
        ("half", tensor.converted(to: .bfloat16)),
        ("labels", Tensor(shape: [2], integers: [-1, 7])), ("empty", Tensor(zeros: [0, 3])),
      ], metadata: metadata, to: file)
    let read = try SafetensorsFile(contentsOf: file)
    #expect(read.names == ["block1.conv1.kernel", "\"quoted\"", "half", "labels", "empty"])
    #expect(read.metadata == metadata)
    #expect(try read.tensor(named: "block1.conv1.kernel").shape == tensor.shape)
    #expect(try read.tensor(named: "block1.conv1.kernel").scalars == tensor.scalars)
    #expect(try read.tensor(named: "\"quoted\"").scalar == 7.5)
    #expect(try read.tensor(named: "half").scalars == tensor.scalars)
    #expect(try read.tensor(named: "labels").scalars == [-1, 7])
    #expect(try read.tensor(named: "empty").shape == [0, 3])
  }
}

@Test func theDataOfAWrittenFileBeginsAtAMultipleOfEightBytes() throws {
  try withTemporaryFolder { folder in
    for length in 1...8 {
      let file = folder.appendingPathComponent("\(length).safetensors")
      try SafetensorsFile.write([(String(repeating: "x", count: length), Tensor(1))], to: file)
      let bytes = try Data(contentsOf: file)
      #expect(bytes[0] % 8 == 0)
      #expect(bytes.count == 8 + Int(bytes[0]) + 4)
    }
  }
}

@Test func theSameTensorsGiveTheSameFile() throws {
  try withTemporaryFolder { folder in
    let metadata = Dictionary(uniqueKeysWithValues: (0..<20).map { ("key\($0)", "value") })
    let reversed = Dictionary(uniqueKeysWithValues: (0..<20).reversed().map { ("key\($0)", "value") })
    let files = ["one", "two"].map(folder.appendingPathComponent)
    for (file, metadata) in zip(files, [metadata, reversed]) {
      try SafetensorsFile.write([("x", .counting([5]))], metadata: metadata, to: file)
    }
    #expect(try Data(contentsOf: files[0]) == Data(contentsOf: files[1]))
  }
}

/// The types that Graft does not read, each with the bytes that eight of them take.
@Test(
  arguments: [
    ("F4", 4), ("F6_E2M3", 6), ("F6_E3M2", 6), ("F8_E4M3", 8), ("F8_E4M3FNUZ", 8), ("F8_E5M2", 8),
    ("F8_E5M2FNUZ", 8), ("F8_E8M0", 8), ("C64", 64),
  ])
func typesThatAreNotReadAreMeasuredAndListed(_ type: String, _ byteCount: Int) throws {
  func header(_ count: Int, _ byteCount: Int) -> String {
    #"{"x":{"dtype":"\#(type)","shape":[\#(count)],"data_offsets":[0,\#(byteCount)]}}"#
  }
  try withFile(header: header(8, byteCount), data: [UInt8](repeating: 0, count: byteCount)) { file in
    let read = try SafetensorsFile(contentsOf: file)
    #expect(read.shape(of: "x") == [8])
    #expect(message { _ = try read.tensor(named: "x") }?.contains("numbers are \(type), which") == true)
  }
  try withFile(header: header(9, byteCount), data: [UInt8](repeating: 0, count: byteCount)) { file in
    #expect(message { _ = try SafetensorsFile(contentsOf: file) }?.contains("does not fill") == true)
  }
}
