import Foundation
import GraftFiles
import TestSupport
import Testing

@testable import GraftReports

struct EventFileTests {
  private let start = Date(timeIntervalSince1970: 1_700_000_000.25)

  /// The events of the golden file, which TensorBoard's own writer wrote.
  private func writeGoldenEvents(to file: URL, steps: ClosedRange<Int> = 1...300) throws {
    let events = try EventFile(at: file, date: start)
    let scalars: [Int: [String: Double]] = [
      1: ["loss": 0.5, "validation/IoU": 0.731], 2: ["loss": .nan, "validation/IoU": -1e-5],
      300: ["Größe": 3e38],
    ]
    for step in scalars.keys.sorted() where steps.contains(step) {
      try events.append(scalars[step] ?? [:], step: step, at: start.addingTimeInterval(Double(step)))
    }
  }

  private var golden: Data {
    get throws {
      try Data(contentsOf: Golden.folder.appendingPathComponent("events/events.out.tfevents.golden"))
    }
  }

  private func withFile(_ body: (URL) throws -> Void) throws {
    try withTemporaryFolder { try body($0.appendingPathComponent("run/events.out.tfevents.graft")) }
  }

  @Test func theBytesAreTensorBoards() throws {
    try withFile { file in
      try writeGoldenEvents(to: file)
      #expect(try Data(contentsOf: file) == golden)
    }
  }

  @Test func aResumedRunWritesNoStepTwice() throws {
    try withFile { file in
      try writeGoldenEvents(to: file, steps: 1...2)
      try writeGoldenEvents(to: file)
      try writeGoldenEvents(to: file)
      #expect(try Data(contentsOf: file) == golden)
      let events = try EventFile(at: file)
      #expect(events.lastStep(of: "loss") == 2 && events.lastStep(of: "Größe") == 300)
      #expect(events.lastStep(of: "accuracy") == nil)
    }
  }

  @Test func aNewTagIsWrittenBesideAKnownOne() throws {
    try withFile { file in
      try writeGoldenEvents(to: file)
      let events = try EventFile(at: file)
      try events.append(["loss": 1, "accuracy": 1], step: 2)
      #expect(events.lastStep(of: "accuracy") == 2 && events.lastStep(of: "loss") == 2)
      let again = try EventFile(at: file)
      #expect(again.lastStep(of: "accuracy") == 2 && again.lastStep(of: "loss") == 2)
    }
  }

  /// Killed after any byte, a run goes on as if it had not been.
  @Test func halfARecordIsCutOff() throws {
    let golden = try self.golden
    try withFile { file in
      for count in 0...golden.count {
        try AtomicFile.write(golden.prefix(count), to: file)
        try writeGoldenEvents(to: file)
        #expect(try Data(contentsOf: file) == golden, "cut after \(count) bytes")
      }
    }
  }

  @Test func damageIsSaidAndLeftAlone() throws {
    let golden = try self.golden
    try withFile { file in
      for offset in 0..<golden.count - 1 {
        var damaged = golden
        damaged[offset] ^= 0x10
        try AtomicFile.write(damaged, to: file)
        let error = #expect(throws: EventFileError.self, "byte \(offset)") { try EventFile(at: file) }
        #expect(error?.description.contains("Move this file away") == true)
        #expect(try Data(contentsOf: file) == damaged)
      }
    }
  }

  @Test func aFileOfAnotherKindIsNotTouched() throws {
    try withFile { file in
      let text = Data("epoch,loss\n1,0.5\n2,0.25\n".utf8)
      try AtomicFile.write(text, to: file)
      #expect(throws: EventFileError.self) { try EventFile(at: file) }
      #expect(try Data(contentsOf: file) == text)
      #expect(throws: FileError.self) {
        try EventFile(in: file)  // a folder is wanted
      }
    }
  }
}
