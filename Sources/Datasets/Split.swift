import GraftTensor

/// Which samples of a data set are for training and which for validation, by their identifiers: a value that can be
/// written to a file, shown beside a result, and applied again elsewhere.
public struct Split: Sendable, Hashable {
  /// How a data set is divided.
  public enum Rule: Sendable, Hashable {
    /// As its publishers did: their training and validation parts. Their test part is left out.
    case official
    /// The last part of the list, this fraction of it, is for validation. Of n samples ⌊n · (1 − fraction)⌋ are for
    /// training, as `validation_split` of Keras has it. Lists that go by name make this a biased choice.
    case tail(Double)
    /// This fraction is drawn at random for validation, again leaving ⌊n · (1 − fraction)⌋ for training. With
    /// `keepingPeopleTogether` nobody is in both parts, and validation gets at least that many.
    case random(Double, seed: UInt64, keepingPeopleTogether: Bool = false)
  }

  /// The data set's name when it was divided.
  public let datasetName: String
  /// How it was divided.
  public let rule: Rule
  /// The identifiers of the samples for training, in order.
  public let training: [String]
  /// The identifiers of the samples for validation, in order.
  public let validation: [String]

  /// Divides a data set; both parts keep its order.
  ///
  /// - Throws: ``DatasetError`` if the rule does not fit the data set, or leaves a part empty.
  public init(of dataset: some PictureDataset, rule: Rule) throws {
    let isValidation: (Int) -> Bool?
    switch rule {
    case .official:
      isValidation = { index in
        switch dataset.officialPart(at: index) {
        case .training: false
        case .validation: true
        case .test, nil: nil
        }
      }
    case .tail(let fraction):
      let trainingCount = Self.trainingCount(of: dataset.count, fraction)
      isValidation = { $0 >= trainingCount }
    case .random(let fraction, let seed, let keepingPeopleTogether):
      let drawn = try Self.draw(
        fraction, of: dataset, seed: seed, keepingPeopleTogether: keepingPeopleTogether)
      isValidation = drawn.contains
    }
    var parts: (training: [String], validation: [String]) = ([], [])
    for index in 0..<dataset.count {
      switch isValidation(index) {
      case false: parts.training.append(dataset.identifier(at: index))
      case true: parts.validation.append(dataset.identifier(at: index))
      default: break
      }
    }
    try self.init(
      datasetName: dataset.name, rule: rule, training: parts.training, validation: parts.validation)
  }

  init(datasetName: String, rule: Rule, training: [String], validation: [String]) throws {
    guard !training.isEmpty, !validation.isEmpty else {
      throw DatasetError(
        datasetName,
        "\(training.count) samples for training and \(validation.count) for validation is no split",
        remedy: "Take more samples, or another rule: the official one needs the publishers' partition.")
    }
    self.datasetName = datasetName
    self.rule = rule
    self.training = training
    self.validation = validation
  }

  private static func trainingCount(of count: Int, _ fraction: Double) -> Int {
    require((0...1).contains(fraction), "A part of a data set is a fraction from 0 to 1, not \(fraction).")
    return Int(Double(count) * (1 - fraction))
  }

  /// The samples for validation.
  private static func draw(
    _ fraction: Double, of dataset: some PictureDataset, seed: UInt64, keepingPeopleTogether: Bool
  ) throws -> Set<Int> {
    let wanted = dataset.count - trainingCount(of: dataset.count, fraction)
    let random = RandomStream(seed: seed).child("split")
    guard keepingPeopleTogether else { return Set(random.shuffled(Array(0..<dataset.count)).prefix(wanted)) }
    var samples: [String: [Int]] = [:]
    var people: [String] = []
    for index in 0..<dataset.count {
      guard let person = dataset.person(at: index) else {
        throw DatasetError(
          dataset.name,
          "it does not say who is on \(dataset.identifier(at: index)), so people cannot be kept together",
          remedy: "Put the file with the identities beside the others, or let people be in both parts.")
      }
      if samples[person] == nil { people.append(person) }
      samples[person, default: []].append(index)
    }
    var drawn: Set<Int> = []
    for person in random.shuffled(people) where drawn.count < wanted {
      drawn.formUnion(samples[person] ?? [])
    }
    return drawn
  }
}

// MARK: Applying

extension Split {
  /// The two parts of a data set.
  public struct Parts: Sendable {
    /// To learn from.
    public let training: Subset
    /// To measure with.
    public let validation: Subset
  }

  /// The two parts of a data set, which may be another one with the same pictures: other masks, for instance.
  ///
  /// - Throws: ``DatasetError`` if the data set lacks a sample.
  public func applied(to dataset: some PictureDataset) throws -> Parts {
    var numbers: [String: Int] = [:]
    for index in 0..<dataset.count { numbers[dataset.identifier(at: index)] = index }
    func subset(_ identifiers: [String], _ part: String) throws -> Subset {
      let missing = identifiers.filter { numbers[$0] == nil }
      if let first = missing.first {
        throw DatasetError(
          dataset.name,
          "it lacks \(missing.count) of the \(identifiers.count) samples for \(part), such as \(first)",
          remedy: "This split was made for \(datasetName): use it with the same pictures, or make a new one.")
      }
      return Subset(
        of: dataset, indices: identifiers.compactMap { numbers[$0] }, name: "\(dataset.name), \(part)")
    }
    return Parts(training: try subset(training, "training"), validation: try subset(validation, "validation"))
  }
}
