import Foundation
import GraftTensor
import GraftWeights
import Testing

@Test func namesComeInTheOrderOfTheFile() throws {
  let file = try NPZFile(contentsOf: golden("npz/streamed.npz"))
  #expect(file.names.prefix(3) == ["column_major", "column_major_integers", "scalar"])
  #expect(file.format == "npz")
}

@Test func anUnknownNameIsAnErrorThatListsTheNames() throws {
  let file = try NPZFile(contentsOf: golden("npz/half.npz"))
  #expect(file.shape(of: "quarter") == nil)
  let text = message { _ = try file.tensor(named: "quarter") }
  #expect(
    text?.contains("quarter: there is no such tensor among the 2 of this file. It has: half, wide.") == true)
}

@Test func writtenArraysAreReadBackUnchanged() throws {
  try withTemporaryFolder { folder in
    let file = folder.appendingPathComponent("arrays.npz")
    let names = ["", "a", "Grüße 顔 👤"]
    let tensor = Tensor.counting([2, 3, 4])
    try NPZFile.write(
      [
        ("block1/features", .tensor(tensor)), ("names", .strings(names)), ("scalar", .tensor(Tensor(7.5))),
        ("labels", .tensor(Tensor(shape: [3], integers: [-1, 0, 70_000]))), ("none", .strings([])),
        ("half", .tensor(tensor.converted(to: .bfloat16))), ("empty", .tensor(Tensor(zeros: [0, 3]))),
      ], to: file)
    let read = try NPZFile(contentsOf: file)
    #expect(read.names == ["block1/features", "names", "scalar", "labels", "none", "half", "empty"])
    #expect(try read.tensor(named: "block1/features").shape == [2, 3, 4])
    #expect(try read.tensor(named: "block1/features").scalars == tensor.scalars)
    #expect(try read.array(named: "names").strings == names)
    #expect(try read.array(named: "names").descriptor == "<U9")
    #expect(try read.tensor(named: "scalar").scalar == 7.5)
    #expect(try read.array(named: "labels").integers == [-1, 0, 70_000])
    #expect(try read.array(named: "none").strings == [])
    #expect(try read.tensor(named: "half").scalars == tensor.scalars)
    #expect(try read.tensor(named: "empty").shape == [0, 3])
  }
}

@Test func membersAreWhatNumPyWouldWrite() throws {
  try withTemporaryFolder { folder in
    let file = folder.appendingPathComponent("array.npz")
    try NPZFile.write([("array", .tensor(.counting([2, 3, 4])))], to: file)
    let written = try Data(contentsOf: file)
    let numPy = try Data(contentsOf: golden("npz/version1.npy"))
    let place = try #require(written.range(of: numPy))
    #expect(place.lowerBound % 64 == 0)
  }
}

@Test func theSameArraysGiveTheSameBytes() throws {
  try withTemporaryFolder { folder in
    let files = ["one.npz", "two.npz"].map(folder.appendingPathComponent)
    for file in files {
      try NPZFile.write([("x", .tensor(.counting([5]))), ("names", .strings(["a"]))], to: file)
    }
    #expect(try Data(contentsOf: files[0]) == Data(contentsOf: files[1]))
  }
}

@Test func aChangedByteIsNoticed() throws {
  try withTemporaryFolder { folder in
    let file = folder.appendingPathComponent("array.npz")
    try NPZFile.write([("array", .tensor(.counting([24])))], to: file)
    var bytes = try Data(contentsOf: file)
    let payload = try #require(bytes.range(of: Data([0, 0, 0x80, 0x3f])))
    bytes[payload.lowerBound] ^= 1
    try bytes.write(to: file)
    let text = message { _ = try NPZFile(contentsOf: file).tensor(named: "array") }
    #expect(text?.contains("CRC-32") == true)
  }
}
