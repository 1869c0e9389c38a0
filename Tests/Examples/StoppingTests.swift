import Foundation
import TestSupport
import Testing

/// What programs do, say and return when a signal stops them.
@Suite(.serialized, .long) struct StoppingTests {
  private static let program = "face-segmentation-study"

  private func arguments(limit: Int) -> [String] {
    [
      "--limit-gender", "\(limit)", "--gender-epochs", "400", "--segmentation-epochs", "1", "--masks", "hair",
      "--json",
    ]
  }

  @Test(arguments: [(SIGINT, 130), (SIGTERM, 143), (SIGHUP, 129)] as [(Int32, Int32)])
  func theStatusNamesTheSignal(signal: Int32, status: Int32) throws {
    try withTemporaryFolder { folder in
      let process = try ExampleProcess(Self.program, arguments(limit: 20), in: folder)
      process.wait { process.output.contains("\"epoch\"") }
      process.send(signal)
      #expect(process.end() == status, "\(process.output)")
      #expect(process.output.contains("Stopped, and saved. The same command goes on from here."))
    }
  }

  @Test func nothingIsSaidToBeSavedWhereNothingWas() throws {
    try withTemporaryFolder { folder in
      let process = try ExampleProcess(Self.program, arguments(limit: 5000), in: folder)
      process.wait { process.output.contains("\"examined\"") }
      process.send(SIGTERM)
      #expect(process.end() == 143, "\(process.output)")
      #expect(process.output.contains("There was nothing to save yet"), "\(process.output)")
      #expect(!process.output.contains("and saved"))
      #expect(!FileManager.default.fileExists(atPath: folder.appendingPathComponent("out/results.json").path))
    }
  }

  @Test func aProgramThatNohupStartedOutlivesItsTerminal() throws {
    try withTemporaryFolder { folder in
      let call = arguments(limit: 20).joined(separator: " ")
      let process = try ExampleProcess(
        Self.program, byShell: "trap '' HUP; exec \"$program\" \(call) 2>&1", in: folder)
      process.wait { process.output.contains("\"epoch\"") }
      process.send(SIGHUP)
      let count = process.output.count { $0 == "\n" }
      process.wait(forLines: count + 3)
      process.send(SIGTERM)
      #expect(process.end() == 143, "\(process.output)")
    }
  }
}
