import Foundation
import GraftFiles
import GraftTensor
import TestSupport
import Testing

@testable import GraftWeights

/// How much of the address space the process has taken at most, in kB.
private func peakVirtualMemory() -> Int {
  let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
  let line = status.split(separator: "\n").first { $0.hasPrefix("VmPeak:") } ?? ""
  return Int(line.filter(\.isNumber)) ?? 0
}

private func littleEndian(_ number: Int, byteCount: Int = 8) -> [UInt8] {
  (0..<byteCount).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
}

/// A zip file of one member whose directory promises 2⁵⁰ bytes, deflated or stored.
private func zip(_ name: String, _ content: [UInt8], promising count: Int, method: Int) -> [UInt8] {
  let head =
    littleEndian(45, byteCount: 2) + littleEndian(0, byteCount: 2) + littleEndian(method, byteCount: 2)
    + littleEndian(0, byteCount: 4) + littleEndian(0, byteCount: 4) + littleEndian(0xffff_ffff, byteCount: 4)
    + littleEndian(0xffff_ffff, byteCount: 4) + littleEndian(name.utf8.count, byteCount: 2)
  let stored = method == 0 ? count : content.count
  let extra =
    littleEndian(1, byteCount: 2) + littleEndian(16, byteCount: 2) + littleEndian(count)
    + littleEndian(stored)
  let local =
    littleEndian(0x0403_4b50, byteCount: 4) + head + littleEndian(extra.count, byteCount: 2)
    + Array(name.utf8) + extra
    + content
  let entry =
    littleEndian(0x0201_4b50, byteCount: 4) + littleEndian(45, byteCount: 2) + head
    + littleEndian(extra.count, byteCount: 2) + [UInt8](repeating: 0, count: 14) + Array(name.utf8) + extra
  let end =
    littleEndian(0x0605_4b50, byteCount: 4) + littleEndian(0) + littleEndian(entry.count, byteCount: 4)
    + littleEndian(local.count, byteCount: 4) + littleEndian(0, byteCount: 2)
  return local + entry + end
}

private func npyHead(_ dimensions: String) -> [UInt8] {
  let text = Array("{'descr': '<f4', 'fortran_order': False, 'shape': (\(dimensions),)}".utf8)
  return [0x93] + Array("NUMPY".utf8) + [1, 0] + littleEndian(text.count, byteCount: 2) + text
}

private func bytes(_ array: [UInt8]) -> Bytes { Bytes(array, file: URL(fileURLWithPath: "/promised")) }

/// 2⁵⁰ bytes, and readers of files that promise them.
private let promised = 1 << 50
private let readers: [(name: String, read: @Sendable () throws -> Void)] = [
  (
    "deflate",
    { _ = try Inflater.inflate(bytes([UInt8](repeating: 0, count: 100)), count: promised, part: "deflate") }
  ),
  (
    "npz, deflated",
    {
      // Stored blocks of deflate: the array's head, which is sound.
      let head = npyHead("\(promised / 4)")
      let content =
        [1] + littleEndian(head.count, byteCount: 2) + littleEndian(~head.count, byteCount: 2) + head
      let file = try NPZFile(
        bytes(zip("a.npy", content, promising: promised + head.count, method: 8)))
      for name in file.names { _ = try file.array(named: name) }
    }
  ),
  (
    "npz, stored",
    {
      let head = npyHead("\(promised / 4)")
      let file = try NPZFile(bytes(zip("a.npy", head, promising: promised + head.count, method: 0)))
      for name in file.names { _ = try file.array(named: name) }
    }
  ),
  ("npy", { _ = try NPYFile(bytes(npyHead("\(promised / 4)") + [0, 0, 0, 0])) }),
  (
    "safetensors",
    {
      let header = Array(
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[\(promised / 4)],\"data_offsets\":[0,\(promised)]}}".utf8)
      _ = try SafetensorsFile(bytes(littleEndian(header.count) + header))
    }
  ),
  ("safetensors, header", { _ = try SafetensorsFile(bytes(littleEndian(promised) + Array("{}".utf8))) }),
  (
    "HDF5",
    {
      let array = HDF5Writer.Array(type: .float32, dimensions: [promised / 4], byteCount: promised, offset: 0)
      let layer = HDF5Writer.Group(
        members: ["kernel": .array(array)], attributes: [("weight_names", .list(["kernel"]))])
      let root = HDF5Writer.Group(members: ["a": .group(layer)], attributes: [("layer_names", .list(["a"]))])
      // The end of the file is that of a sound one.
      let file = try KerasHDF5File(bytes(HDF5Writer.descriptions(of: root, arraysCount: 0)))
      for name in file.names { _ = try file.tensor(named: name) }
    }
  ),
]

@Test(.exits) func whatAHeaderPromisesTakesNoMemory() async throws {
  let result = await #expect(processExitsWith: .success, observing: [\.standardOutputContent]) {
    // Once before, for what a process loads at its first error.
    for _ in 0..<2 {
      for (name, read) in readers {
        let before = peakVirtualMemory()
        var text = "it was accepted"
        do { try read() } catch { text = "\(error)" }
        print("\(name)|\(peakVirtualMemory() - before)|\(text)")
      }
    }
  }
  let lines = String(decoding: try #require(result).standardOutputContent, as: UTF8.self).split(
    separator: "\n"
  )
  .map { $0.split(separator: "|", maxSplits: 2).map(String.init) }.filter { $0.count == 3 }.suffix(
    readers.count)
  #expect(lines.map { $0[0] } == readers.map(\.name))
  for line in lines {
    // kB
    #expect(try #require(Int(line[1])) < 16_384, "\(line)")
    #expect(line[2].hasPrefix("/promised: ") || line[2].contains("promised"), "\(line)")
    #expect(line[2] != "it was accepted", "\(line)")
  }
}
