import Foundation
import GraftDatasets
import GraftFiles
import GraftTensor

extension StudyConfiguration {
  /// These settings with those of a JSON file in their place: an object with some of the keys that `configuration.json`
  /// has. Those of ``StudyCall`` are no settings, and are passed over.
  ///
  /// - Throws: `FileError` if it cannot be read; ``StudyError`` if it is no JSON, if it has a key that is no setting, or a value
  ///   of another kind.
  public func replaced(byFile file: URL) throws -> StudyConfiguration {
    let content = try StudyCall.content(of: file)
    var settings = object
    // Settings that are not set are not written; they may be set all the same.
    var complete = self
    (complete.gender.epochs, complete.segmentation.epochs, complete.segmentation.seconds) = (1, 1, 1)
    try Self.replace(&settings, by: content, known: complete.object, at: [], in: file)
    do {
      return try Self.decoded(settings)
    } catch DecodingError.keyNotFound(let key, let context) {
      let name = (context.codingPath + [key]).map(\.stringValue).joined(separator: ".")
      throw StudyError(
        "\(file.shownRelativePath): \(name) is null, and needs a value. Leave it out to keep the preset's.")
    } catch let error as DecodingError {
      let name = JSONProblem.key(of: error) ?? unusableSetting(in: content)
      let problem = JSONProblem.clause(for: error, isWellFormed: true)
      let remedy = name.flatMap { Self.choices[$0] }.map { " It is one of \($0.joined(separator: ", "))." }
      let isNamed = name.map(problem.contains) ?? true
      throw StudyError(
        "\(file.shownRelativePath): \(isNamed ? "" : "\(name ?? ""): ")\(problem).\(remedy ?? "")")
    }
  }

  private static func decoded(_ settings: [String: Any]) throws -> StudyConfiguration {
    try JSONDecoder().decode(
      StudyConfiguration.self, from: JSONSerialization.data(withJSONObject: settings))
  }

  /// The first setting with which these cannot be read, where the decoder does not name it: a number out of bounds.
  private func unusableSetting(in content: Any) -> String? {
    func search(_ values: Any, _ path: [String]) -> [String]? {
      guard let members = values as? [String: Any] else {
        var settings = object
        Self.set(&settings, values, at: path[...])
        return (try? Self.decoded(settings)) == nil ? path : nil
      }
      return members.sorted { $0.key < $1.key }.lazy
        .filter { !path.isEmpty || !StudyCall.names.contains($0.key) }
        .compactMap { search($0.value, path + [$0.key]) }.first
    }
    return search(content, [])?.joined(separator: ".")
  }

  private static func set(_ settings: inout [String: Any], _ value: Any, at path: ArraySlice<String>) {
    guard let key = path.first else { return }
    if path.count == 1 {
      settings[key] = value is NSNull ? nil : value
    } else {
      var inner = settings[key] as? [String: Any] ?? [:]
      set(&inner, value, at: path.dropFirst())
      settings[key] = inner
    }
  }

  /// The values of settings that are chosen by name.
  private static let choices: [String: [String]] = {
    func names<Choice: CaseIterable & RawRepresentable<String>>(_ type: Choice.Type) -> [String] {
      type.allCases.map(\.rawValue)
    }
    return [
      "algorithm": names(ConvolutionAlgorithm.self), "featureType": ["float32", "bfloat16"],
      "frozenBatchNorm": names(FrozenBatchNorm.self),
      "gender.selection": names(Dataset.Selection.self),
      "helenMasks": names(Mask.Resizing.self), "helenThreshold": names(HELEN.ThresholdRule.self),
      "lfwMasks": names(Mask.Resizing.self), "optimizer": names(OptimizerName.self),
      "pictureResizing": names(PictureResizing.self),
      "segmentation.decoderInput": names(Segmentation.DecoderInput.self),
      "segmentation.loss": names(Segmentation.LossName.self),
      "segmentation.selectionIoU": names(Segmentation.IoUDefinition.self),
      "segmentation.trainedStages": names(Segmentation.TrainedStages.self), "split": names(SplitRule.self),
      "testPart": names(TestPartRule.self),
    ]
  }()

  /// Writes all settings that are set, with what a call named besides them.
  func write(to file: URL, with call: StudyCall = StudyCall()) throws {
    let members = try Self.object(of: self).merging(Self.object(of: call)) { setting, _ in setting }
    let data = try JSONSerialization.data(
      withJSONObject: members, options: [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes])
    try AtomicFile.write(data + Data("\n".utf8), to: file)
  }

  private static func replace(
    _ settings: inout [String: Any], by content: Any, known: [String: Any], at path: [String], in file: URL
  ) throws {
    guard let values = content as? [String: Any] else {
      let place = path.isEmpty ? "the file" : path.joined(separator: ".")
      throw StudyError("\(file.shownRelativePath): \(place) should be an object of settings, in braces.")
    }
    for (key, value) in values.sorted(by: { $0.key < $1.key }) {
      if path.isEmpty, StudyCall.names.contains(key) { continue }
      let name = (path + [key]).joined(separator: ".")
      guard let example = known[key] else {
        throw StudyError(
          "\(file.shownRelativePath): there is no setting \(name); here there are "
            + "\(Set(known.keys).union(path.isEmpty ? StudyCall.names : []).sorted().joined(separator: ", "))."
        )
      }
      if let group = example as? [String: Any] {
        var inner = settings[key] as? [String: Any] ?? [:]
        try replace(&inner, by: value, known: group, at: path + [key], in: file)
        settings[key] = inner
      } else {
        settings[key] = value is NSNull ? nil : value
      }
    }
  }

  /// The first setting that differs, for people: `gender.batchSize was 200 and is now 50`; nil if none does.
  func difference(from before: StudyConfiguration) -> String? {
    let (old, new) = (before.values, values)
    let name = Set(old.keys).union(new.keys).sorted().first { old[$0] != new[$0] }
    return name.map { "\($0) was \(old[$0] ?? "not set") and is now \(new[$0] ?? "not set")" }
  }

  /// Each setting as text, by its path.
  private var values: [String: String] {
    var values: [String: String] = [:]
    func collect(_ value: Any, _ path: [String]) {
      if let members = value as? [String: Any] {
        for (key, member) in members { collect(member, path + [key]) }
      } else {
        values[path.joined(separator: ".")] = "\(value)"
      }
    }
    collect(object, [])
    return values
  }

  private var object: [String: Any] { (try? Self.object(of: self)) ?? [:] }

  private static func object(of value: some Encodable) throws -> [String: Any] {
    try JSONSerialization.jsonObject(with: JSONEncoder().encode(value)) as? [String: Any] ?? [:]
  }
}
