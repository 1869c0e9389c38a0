import CGraftCompute
import Foundation

/// The processor, library and threads that numbers were computed with, for the record beside every result.
public struct ComputeEnvironment: Sendable, Codable, Hashable {
  /// For instance `AMD EPYC`.
  public let processor: String
  /// The instruction set that the compute library uses, for instance `AVX-512 with bfloat16`.
  public let instructionSet: String
  /// For instance `oneDNN 2.6.3`.
  public let library: String
  /// How many threads compute.
  public let threadCount: Int

  /// Whether this processor multiplies bfloat16 itself, about twice as fast as float32.
  public static let hasBFloat16 = graft_compute_has_bfloat16() != 0

  /// This machine's.
  public static let current = ComputeEnvironment(
    processor: processorName(), instructionSet: String(cString: graft_compute_instruction_set()),
    library: String(cString: graft_compute_version()),
    threadCount: Int(graft_compute_thread_count()))

  private static func processorName() -> String {
    let lines = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8))?.split(separator: "\n") ?? []
    let name = lines.first { $0.hasPrefix("model name") }?.split(separator: ":", maxSplits: 1).last
    return name.map { $0.trimmingCharacters(in: .whitespaces) } ?? "unknown processor"
  }
}
