import Foundation
import GraftReports
import GraftTensor

extension StudyFolder {
  /// With what the results were computed: data, weights, machine, times and settings.
  var runBlocks: [HTMLReport.Block] {
    let environment = results.environment
    return [
      .keyValues(
        [
          (
            "processor",
            "\(environment.processor), \(environment.threadCount) threads, \(environment.instructionSet)"
          ),
          ("library", environment.library), ("seed", "\(results.configuration.seed)"),
          ("folder", url.path),
        ] + digests),
      .table(dataTable), .table(costTable), .subheading("Settings"), .preformatted(configuration),
    ]
  }

  private var digests: [(name: String, value: String)] {
    results.orderedEncoders.flatMap { name, encoder -> [(name: String, value: String)] in
      guard let digest = encoder.encoderDigest else { return [] }
      return [
        ("\(name) as published", String(digest.control.prefix(16)) + "…"),
        ("\(name) tuned", String(digest.gender.prefix(16)) + "…"),
      ]
    }
  }

  private var dataTable: Table {
    Table(
      title: "Data", caption: "What was used and what was left out because it could not be read.",
      columns: ["for", "data set", .numbers("pictures"), .numbers("left out"), "SHA-256"],
      rows: results.datasets.sorted { $0.key < $1.key }.map { name, dataset in
        [
          name, dataset.name, "\(dataset.count)", "\(dataset.badSamples.count)",
          String(dataset.digest.prefix(16)) + "…",
        ]
      })
  }

  private var costTable: Table {
    let features = results.seconds.filter { $0.key.hasSuffix(" features") }.values.reduce(0, +)
    let saved = String(
      format:
        "The frozen stages took %.0f s with the feature cache; anew in every epoch they would have taken about %.0f s.",
      features, results.secondsWithoutCache)
    return Table(
      title: "Times", caption: saved, columns: ["stage", .numbers("seconds"), .numbers("peak memory, MiB")],
      rows: results.seconds.sorted { $0.key < $1.key }.map { stage, seconds in
        [
          stage, String(format: "%.0f", seconds),
          "\((results.peakMemoryBytesByStage[stage] ?? 0) >> 20)",
        ]
      })
  }

  private var configuration: String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    let data = (try? encoder.encode(results.configuration)) ?? Data()
    return String(decoding: data, as: UTF8.self)
  }
}
