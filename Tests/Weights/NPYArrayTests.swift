import Foundation
import GraftTensor
import GraftWeights
import Testing

private let counting = (0..<24).map(Double.init)

@Test(arguments: ["types_stored", "types_deflated"])
func everyElementTypeIsReadAsTheNumbersItHolds(_ name: String) throws {
  let file = try NPZFile(contentsOf: golden("npz/\(name).npz"))
  #expect(file.names.count == 21)
  for name in file.names {
    let array = try file.array(named: name)
    let expected = name == "bool" ? counting.map { $0.truncatingRemainder(dividingBy: 2) } : counting
    #expect(array.shape == [2, 3, 4])
    #expect(try array.doubles == expected, "\(name)")
    #expect(try array.tensor().scalars == expected.map { Float($0) }, "\(name)")
    if array.descriptor.contains("f") {
      #expect(throws: WeightFileError.self) { try array.integers }
    } else {
      #expect(try array.integers == expected.map { Int($0) }, "\(name)")
    }
  }
}

@Test func onlyBytesAreReadAsBytes() throws {
  let file = try NPZFile(contentsOf: golden("npz/types_deflated.npz"))
  #expect(try file.array(named: "u1").bytes == (0..<24).map { UInt8($0) })
  #expect(try file.array(named: "bool").bytes == (0..<24).map { UInt8($0 % 2) })
  #expect(message { _ = try file.array(named: "i1").bytes }?.contains("int8") == true)
}

@Test(arguments: ["version1", "version2", "version3", "python2"])
func everyHeaderVersionIsRead(_ name: String) throws {
  let array = try NPYArray(contentsOf: golden("npz/\(name).npy"))
  #expect(array.shape == [2, 3, 4])
  #expect(try array.doubles == counting)
}

@Test func columnMajorArraysComeOutInRowMajorOrder() throws {
  let file = try NPZFile(contentsOf: golden("npz/streamed.npz"))
  let array = try file.array(named: "column_major")
  #expect(array.shape == [2, 3, 4])
  #expect(try array.doubles == counting)
  #expect(try array.tensor().scalars == counting.map { Float($0) })
  #expect(try file.array(named: "column_major_integers").integers == Array(0..<24))
  #expect(try file.array(named: "names_column_major").strings == ["a", "b", "c", "d"])
}

@Test func scalarsVectorsAndEmptyArraysKeepTheirShapes() throws {
  let file = try NPZFile(contentsOf: golden("npz/streamed.npz"))
  #expect(file.shape(of: "scalar") == [])
  #expect(try file.tensor(named: "scalar").scalar == 7.5)
  #expect(try file.array(named: "vector").doubles == [0, 1, 2, 3, 4])
  #expect(try file.tensor(named: "empty").shape == [0, 3])
}

@Test func fixedWidthTextIsReadInBothByteOrders() throws {
  let file = try NPZFile(contentsOf: golden("npz/streamed.npz"))
  let expected = ["", "block1.conv1.kernel", "Grüße 顔 👤"]
  #expect(try file.array(named: "names").strings == expected)
  #expect(try file.array(named: "names_big").strings == expected)
  #expect(message { _ = try file.tensor(named: "names") }?.contains("text") == true)
  #expect(message { _ = try file.array(named: "vector").strings }?.contains("text is wanted") == true)
}

@Test func integersThatWouldChangeAreRefused() throws {
  let file = try NPZFile(contentsOf: golden("npz/large_integers.npz"))
  let single = try file.array(named: "i4_beyond_float32")
  #expect(message { _ = try single.tensor() }?.contains("16777217 has no exact place in float32") == true)
  #expect(try single.doubles == [16_777_217])
  let double = try file.array(named: "i8_beyond_float64")
  #expect(message { _ = try double.doubles }?.contains("9007199254740993") == true)
  #expect(try double.integers == [9_007_199_254_740_993])
  let unsigned = try file.array(named: "u8_beyond_int64")
  #expect(message { _ = try unsigned.integers }?.contains("18446744073709551615") == true)
}

@Test func halfPrecisionNumbersWidenExactly() throws {
  let file = try NPZFile(contentsOf: golden("npz/half.npz"))
  let half = try file.tensor(named: "half").scalars.map(\.bitPattern)
  let wide = try file.tensor(named: "wide").scalars.map(\.bitPattern)
  #expect(half == wide)
}

@Test func aPlainArrayIsAWeightFileOfOneArray() throws {
  let file = try openWeightFile(at: golden("npz/version1.npy"))
  #expect(file.format == "npy")
  #expect(file.names == ["arr_0"])
  #expect(file.shape(of: "arr_0") == [2, 3, 4])
  #expect(file.storedType(of: "arr_0") == "float32")
  #expect(try file.doubles(named: "arr_0") == counting)
  #expect(file.shape(of: "arr_1") == nil && file.storedType(of: "arr_1") == nil)
  #expect(message { _ = try file.tensor(named: "arr_1") }?.contains("It has: arr_0.") == true)
}

@Test(arguments: ["objects", "objects_python2"])
func arraysInAnObjectArrayAreNamedByTheWayToThem(_ name: String) throws {
  let file = try openWeightFile(at: golden("npz/\(name).npy"))
  #expect(file.names == ["conv1/weights", "conv1/biases", "fc6/0", "fc6/1"])
  #expect(file.names.map { file.storedType(of: $0) } == ["float32", "float64", "float32", "int32"])
  #expect(file.shape(of: "conv1/weights") == [2, 3, 4])
  #expect(try file.doubles(named: "conv1/weights") == counting.map { $0 / 8 })
  #expect(try file.tensor(named: "conv1/biases").scalars == [1, -2])
  #expect(try file.tensor(named: "fc6/0").shape == [3, 4])
  #expect(try file.doubles(named: "fc6/0") == counting.prefix(12).map { $0 / 8 })
  #expect(try file.tensor(named: "fc6/1").scalar == 7)
}

@Test func objectArraysOfAnArchiveHaveItsNamesBeforeTheirOwn() throws {
  let file = try NPZFile(contentsOf: golden("npz/objects.npz"))
  #expect(file.names == ["layers/0", "layers/1", "plain"])
  #expect(file.names.map { file.storedType(of: $0) } == ["float32", "uint8", "float32"])
  #expect(try file.doubles(named: "layers/0") == counting.map { $0 / 8 })
  #expect(try file.array(named: "layers/1").bytes == [1, 2])
  #expect(message { _ = try file.array(named: "layers") }?.contains("which holds other arrays") == true)
}

@Test func aPlainArrayReadsTheMappingInPlace() throws {
  let array = try NPYArray(contentsOf: golden("npz/version1.npy"))
  func address() throws -> UnsafeRawPointer? { try array.tensor().withUnsafeBytes { $0.baseAddress } }
  #expect(try address() == address())
}
