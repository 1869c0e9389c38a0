import GraftTensor

/// Which samples of a data set are for training, which for validation and which for a test, by their identifiers: a value
/// that can be written to a file, shown beside a result, and applied again elsewhere.
///
/// The validation part chooses: the epoch, the settings. The test part, where there is one, is looked at once, when
/// nothing is left to choose.
public struct Split: Sendable, Hashable {
  /// How a data set is divided into training and validation, once the test part is set aside.
  public enum Rule: Sendable, Hashable {
    /// As its publishers did: their training and validation parts.
    case official
    /// The last part of the list, this fraction of it, is for validation. Of n samples ⌊n · (1 − fraction)⌋ are for
    /// training, as `validation_split` of Keras has it. Lists that go by name make this a biased choice.
    case tail(Double)
    /// This fraction is drawn at random for validation, again leaving ⌊n · (1 − fraction)⌋ for training. With
    /// `keepingPeopleTogether` nobody is in both parts, and validation gets at least that many.
    case random(Double, seed: UInt64, keepingPeopleTogether: Bool = false)
  }

  /// Which samples are set aside for a test.
  public enum TestPart: Sendable, Hashable {
    /// None: the split has two parts. A rule other than ``Rule/official`` then divides the publishers' test part among them.
    case none
    /// The publishers' test part.
    case official
    /// This fraction of the data set, chosen as the rule chooses the validation part: the tail of the list, or a draw in
    /// which people stay together if the rule keeps them so. Not with ``Rule/official``.
    case fraction(Double)
  }

  /// The data set's name when it was divided.
  public let datasetName: String
  /// How it was divided into training and validation.
  public let rule: Rule
  /// How the test part was set aside.
  public let testPart: TestPart
  /// The identifiers of the samples for training, in order.
  public let training: [String]
  /// The identifiers of the samples for validation, in order.
  public let validation: [String]
  /// The identifiers of the samples for the test, in order; none without a test part.
  public let test: [String]

  /// Divides a data set; all parts keep its order.
  ///
  /// - Throws: ``DatasetError`` if the rule or the test part does not fit the data set, or leaves a part empty.
  public init(of dataset: some PictureDataset, rule: Rule, test testPart: TestPart = .none) throws {
    let isTest = try Self.choice(of: testPart, rule, in: dataset)
    let rest = (0..<dataset.count).filter { !isTest($0) }
    let isValidation = try Self.choice(of: rule, among: rest, in: dataset)
    func identifiers(_ part: OfficialPart) -> [String] {
      (0..<dataset.count).filter { index in
        isTest(index) ? part == .test : isValidation(index) == part
      }.map(dataset.identifier(at:))
    }
    try self.init(
      datasetName: dataset.name, rule: rule, testPart: testPart, training: identifiers(.training),
      validation: identifiers(.validation), test: identifiers(.test))
  }

  init(
    datasetName: String, rule: Rule, testPart: TestPart, training: [String], validation: [String],
    test: [String]
  ) throws {
    guard !training.isEmpty, !validation.isEmpty else {
      throw DatasetError(
        datasetName,
        "\(training.count) samples for training and \(validation.count) for validation is no split",
        remedy: "Take more samples, or another rule: the official one needs the publishers' partition.")
    }
    guard testPart == .none || !test.isEmpty else {
      throw DatasetError(
        datasetName, "no sample is left for the test part",
        remedy: "Take more samples, or divide the data set without a test part.")
    }
    self.datasetName = datasetName
    self.rule = rule
    self.testPart = testPart
    self.training = training
    self.validation = validation
    self.test = test
  }
}

// MARK: Choosing

extension Split {
  /// Which samples are for the test.
  private static func choice(
    of testPart: TestPart, _ rule: Rule, in dataset: some PictureDataset
  ) throws -> (Int) -> Bool {
    switch testPart {
    case .none: return { _ in false }
    case .official: return { dataset.officialPart(at: $0) == .test }
    case .fraction(let fraction):
      let all = Array(0..<dataset.count)
      switch rule {
      case .official:
        misused("The official split of a data set has the official test part or none, not a fraction.")
      case .tail: return { $0 >= remainder(of: all.count, fraction) }
      case .random(_, let seed, let keepingPeopleTogether):
        let random = RandomStream(seed: seed).child("test part")
        return try draw(fraction, of: all, in: dataset, random, keepingPeopleTogether).contains
      }
    }
  }

  /// The part of each sample that is not for the test; nil where it belongs to none.
  private static func choice(
    of rule: Rule, among samples: [Int], in dataset: some PictureDataset
  ) throws -> (Int) -> OfficialPart? {
    switch rule {
    case .official:
      return { index in
        switch dataset.officialPart(at: index) {
        case .training: .training
        case .validation: .validation
        case .test, nil: nil
        }
      }
    case .tail(let fraction):
      let validation = Set(samples.suffix(from: remainder(of: samples.count, fraction)))
      return { validation.contains($0) ? .validation : .training }
    case .random(let fraction, let seed, let keepingPeopleTogether):
      let random = RandomStream(seed: seed).child("split")
      let validation = try draw(fraction, of: samples, in: dataset, random, keepingPeopleTogether)
      return { validation.contains($0) ? .validation : .training }
    }
  }

  private static func remainder(of count: Int, _ fraction: Double) -> Int {
    require((0...1).contains(fraction), "A part of a data set is a fraction from 0 to 1, not \(fraction).")
    return Int(Double(count) * (1 - fraction))
  }

  private static func draw(
    _ fraction: Double, of samples: [Int], in dataset: some PictureDataset, _ random: RandomStream,
    _ keepingPeopleTogether: Bool
  ) throws -> Set<Int> {
    let wanted = samples.count - remainder(of: samples.count, fraction)
    guard keepingPeopleTogether else { return Set(random.shuffled(samples).prefix(wanted)) }
    var byPerson: [String: [Int]] = [:]
    var people: [String] = []
    for index in samples {
      guard let person = dataset.person(at: index) else {
        throw DatasetError(
          dataset.name,
          "it does not say who is on \(dataset.identifier(at: index)), so people cannot be kept together",
          remedy: "Put the file with the identities beside the others, or let people be in both parts.")
      }
      if byPerson[person] == nil { people.append(person) }
      byPerson[person, default: []].append(index)
    }
    var drawn: Set<Int> = []
    for person in random.shuffled(people) where drawn.count < wanted {
      drawn.formUnion(byPerson[person] ?? [])
    }
    return drawn
  }
}

// MARK: Applying

extension Split {
  /// The parts of a data set.
  public struct Parts: Sendable {
    /// To learn from.
    public let training: Subset
    /// To choose by.
    public let validation: Subset
    /// To measure with, once; nil where none was set aside.
    public let test: Subset?

    /// All parts, training first.
    public var all: [Subset] { [training, validation] + (test.map { [$0] } ?? []) }
  }

  /// The parts of a data set, which may be another one with the same pictures: other masks, for instance.
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
    return Parts(
      training: try subset(training, "training"), validation: try subset(validation, "validation"),
      test: test.isEmpty ? nil : try subset(test, "test"))
  }
}
