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
    /// This fraction is drawn at random for validation, again leaving ⌊n · (1 − fraction)⌋ for training.
    ///
    /// With `keepingPeopleTogether` nobody is in both parts, and validation gets at least that many. With `stratified` the
    /// fraction is drawn from each class, at least one sample from each that has two; of people who are kept together, from those whose
    /// pictures are mostly of a class.
    case random(Double, seed: UInt64, keepingPeopleTogether: Bool = false, stratified: Bool = false)
    /// Validation is one of several parts of nearly equal size, the others are for training: see ``Dataset/folds(_:seed:keepingPeopleTogether:stratified:)``.
    case fold(Int, of: Int, seed: UInt64, keepingPeopleTogether: Bool = false, stratified: Bool = false)
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
  public init(of dataset: Dataset, rule: Rule, test testPart: TestPart = .none) throws {
    try Self.checkIdentifiers(of: dataset)
    let isTest = try Self.choice(of: testPart, rule, in: dataset)
    let rest = dataset.indices.filter { !isTest($0) }
    let isValidation = try Self.choice(of: rule, among: rest, in: dataset)
    func identifiers(_ part: Partition) -> [String] {
      dataset.indices.filter { index in
        isTest(index) ? part == .test : isValidation(index) == part
      }.map { dataset[$0].identifier }
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

extension Split {
  /// A split is by identifiers, so each has to name one sample.
  private static func checkIdentifiers(of dataset: Dataset) throws {
    var seen: Set<String> = []
    guard let twice = dataset.first(where: { !seen.insert($0.identifier).inserted }) else { return }
    throw DatasetError(
      dataset.name, "two samples are called \(twice.identifier)",
      remedy: "Give each sample an identifier of its own, such as the path of its file.")
  }
}

// MARK: Applying

extension Split {
  /// The parts of a data set.
  public struct Parts: Sendable {
    /// To learn from.
    public let training: Dataset
    /// To choose by.
    public let validation: Dataset
    /// To measure with, once; nil where none was set aside.
    public let test: Dataset?
    /// All parts, training first.
    public var all: [Dataset] { [training, validation] + (test.map { [$0] } ?? []) }
  }

  /// The parts of a data set, which may be another one with the same pictures: other masks, for instance.
  ///
  /// - Throws: ``DatasetError`` if the data set lacks a sample.
  public func applied(to dataset: Dataset) throws -> Parts {
    var numbers: [String: Int] = [:]
    for (index, sample) in dataset.enumerated() { numbers[sample.identifier] = index }
    func part(_ identifiers: [String], _ name: String) throws -> Dataset {
      let missing = identifiers.filter { numbers[$0] == nil }
      if let first = missing.first {
        throw DatasetError(
          dataset.name,
          "it lacks \(missing.count) of the \(identifiers.count) samples for \(name), such as \(first)",
          remedy: "This split was made for \(datasetName): use it with the same pictures, or make a new one.")
      }
      return dataset.selecting(identifiers.compactMap { numbers[$0] }).named("\(dataset.name), \(name)")
    }
    return Parts(
      training: try part(training, "training"), validation: try part(validation, "validation"),
      test: test.isEmpty ? nil : try part(test, "test"))
  }
}

extension Dataset {
  /// The parts into which a rule divides the data set; all keep its order.
  ///
  /// - Throws: ``DatasetError`` if the rule or the test part does not fit the data set, or leaves a part empty.
  public func split(_ rule: Split.Rule, test: Split.TestPart = .none) throws -> Split.Parts {
    try Split(of: self, rule: rule, test: test).applied(to: self)
  }

  /// Several splits, in each of which another part of the data set is for validation; every sample is for validation once.
  ///
  /// - Parameters:
  ///   - count: how many parts, 2 or more.
  ///   - seed: draws the parts; the same on every machine.
  ///   - keepingPeopleTogether: whether nobody may be in two parts.
  ///   - stratified: whether each part has its share of each class.
  /// - Throws: ``DatasetError`` if there are fewer samples, or people, than parts.
  public func folds(
    _ count: Int, seed: UInt64, keepingPeopleTogether: Bool = false, stratified: Bool = false
  ) throws -> [Split] {
    try (0..<count).map { number in
      try Split(
        of: self,
        rule: .fold(
          number, of: count, seed: seed, keepingPeopleTogether: keepingPeopleTogether, stratified: stratified)
      )
    }
  }
}
