import Foundation
import GraftDatasets
import GraftImages
import GraftTensor
import TestSupport
import Testing

struct SplitTests {
  /// The numbers of the paper: CelebA's pool, LFW and HELEN.
  @Test(arguments: [(12_000, 10_800), (2_927, 2_634), (2_330, 2_097), (700, 630), (2, 1)])
  func tailHoldsWhatKerasWouldTake(count: Int, training: Int) throws {
    let split = try Split(of: numberedPictures(count: count), rule: .tail(0.1))
    #expect(split.training.count == training)
    #expect(split.validation.count == count - training)
    #expect(split.training.last == "sample-\(training - 1)")
    #expect(split.validation.first == "sample-\(training)")
  }

  @Test func officialPartsLeaveTheTestPartOut() throws {
    let dataset = numberedPictures(count: 8)
    let split = try Split(of: dataset, rule: .official)
    #expect(split.training == ["sample-0", "sample-1", "sample-4", "sample-5"])
    #expect(split.validation == ["sample-2", "sample-6"])
    #expect(try dataset.part(.test).numbers == [3, 7])
  }

  @Test func aTestPartIsSetAsideBeforeTheRestIsDivided() throws {
    let dataset = numberedPictures(count: 40)
    let official = try Split(of: dataset, rule: .tail(0.1), test: .official)
    #expect(official.test == stride(from: 3, to: 40, by: 4).map { "sample-\($0)" })
    #expect(official.training.count == 27 && official.validation == ["sample-36", "sample-37", "sample-38"])
    let tail = try Split(of: dataset, rule: .tail(0.25), test: .fraction(0.1))
    #expect(tail.test == (36..<40).map { "sample-\($0)" } && tail.validation.last == "sample-35")
    #expect(tail.training.count == 27 && tail.validation.count == 9)
    let publishers = try Split(of: dataset, rule: .official, test: .official)
    #expect(publishers.training.count == 20 && publishers.validation.count == 10)
    #expect(publishers.test == official.test)
    for split in [official, tail, publishers] {
      let all = split.training + split.validation + split.test
      #expect(Set(all) == Set((0..<40).map { "sample-\($0)" }) && all.count == 40)
      let parts = try split.applied(to: dataset)
      #expect(parts.test?.count == split.test.count && parts.all.map(\.count).reduce(0, +) == 40)
    }
    #expect(try Split(of: dataset, rule: .tail(0.1)).applied(to: dataset).test == nil)
    let none = message { _ = try Split(of: numberedPictures(count: 3), rule: .tail(0.5), test: .official) }
    #expect(none.contains("no sample is left for the test part"), "\(none)")
  }

  @Test func aDrawnTestPartDependsOnTheSeedAndKeepsPeopleTogether() throws {
    let dataset = numberedPictures(count: 99, samplesOfAPerson: 4)
    let rule = Split.Rule.random(0.1, seed: 7, keepingPeopleTogether: true)
    let split = try Split(of: dataset, rule: rule, test: .fraction(0.2))
    #expect(try Split(of: dataset, rule: rule, test: .fraction(0.2)) == split)
    #expect(
      try Split(of: dataset, rule: .random(0.1, seed: 8, keepingPeopleTogether: true), test: .fraction(0.2))
        .test != split.test)
    let parts = try split.applied(to: dataset)
    let people = parts.all.map { part in Set(part.compactMap(\.person)) }
    #expect((20...23).contains(split.test.count))
    #expect(people[0].isDisjoint(with: people[1]) && people[0].union(people[1]).isDisjoint(with: people[2]))
    #expect(parts.all.map(\.count).reduce(0, +) == 99)
  }

  @Test func randomSplitDependsOnTheSeedAloneAndKeepsTheOrderOfTheList() throws {
    let dataset = numberedPictures(count: 1000)
    let split = try Split(of: dataset, rule: .random(0.1, seed: 7))
    #expect(try Split(of: dataset, rule: .random(0.1, seed: 7)) == split)
    #expect(try Split(of: dataset, rule: .random(0.1, seed: 8)).validation != split.validation)
    #expect(split.training.count == 900 && split.validation.count == 100)
    #expect(Set(split.training + split.validation).count == 1000)
    let parts = try split.applied(to: dataset)
    #expect(parts.validation.numbers == parts.validation.numbers.sorted())
    // A fair draw takes about ten of each hundred; none of them is left out.
    let hundreds = Set(parts.validation.numbers.map { $0 / 100 })
    #expect(hundreds.count == 10)
  }

  /// The values are from a program of its own, in Python: a change of the generator cannot pass unseen.
  @Test func randomSplitIsTheSameOnEveryMachine() throws {
    let split = try Split(of: numberedPictures(count: 100), rule: .random(0.05, seed: 2013))
    #expect(split.validation == ["sample-30", "sample-45", "sample-66", "sample-68", "sample-92"])
  }

  @Test func nobodyIsInBothPartsWherePeopleAreKeptTogether() throws {
    let dataset = numberedPictures(count: 99, samplesOfAPerson: 4)
    let split = try Split(of: dataset, rule: .random(0.1, seed: 7, keepingPeopleTogether: true))
    let parts = try split.applied(to: dataset)
    func people(_ subset: Dataset) -> Set<String> { Set(subset.compactMap(\.person)) }
    #expect(people(parts.training).isDisjoint(with: people(parts.validation)))
    #expect(parts.training.count + parts.validation.count == 99)
    #expect((10...13).contains(parts.validation.count))

    let unnamed = numberedPictures(count: 9, samplesOfAPerson: 0)
    let text = message {
      _ = try Split(of: unnamed, rule: .random(0.1, seed: 7, keepingPeopleTogether: true))
    }
    #expect(text.contains("who is on sample-0"))
  }

  @Test func aSplitWithoutValidationIsRefused() {
    #expect(
      message { _ = try Split(of: numberedPictures(count: 9), rule: .tail(0)) }
        .contains("9 samples for training and 0 for validation"))
  }

  @Test func selectedSamplesKeepEverything() throws {
    let subset = numberedPictures(count: 9).selecting([7, 2]).named("two")
    #expect(subset.count == 2 && subset.name == "two" && subset.classNames == ["zero", "one", "two"])
    #expect(subset[0].identifier == "sample-7" && subset[1].person == "person-2")
    #expect(subset[0].partition == .test && subset[1].partition == .validation)
    #expect(try subset[0].picture.value.pixels == [7])
    #expect(try subset.targets(at: [1, 0]).scalars == [2, 1])
  }

  @Test func appliesToAnotherDataSetOfTheSamePicturesOnly() throws {
    let split = try Split(of: numberedPictures(count: 10), rule: .tail(0.2))
    let parts = try split.applied(to: numberedPictures(count: 12, name: "others"))
    #expect(parts.training.numbers == Array(0..<8) && parts.validation.numbers == [8, 9])
    #expect(parts.training.name == "others, training")
    let text = message { _ = try split.applied(to: numberedPictures(count: 9, name: "fewer")) }
    #expect(text.contains("fewer: it lacks 1 of the 2 samples for validation, such as sample-9"), "\(text)")
  }

  // MARK: Classes and folds

  /// Of 90 samples 60 are of class 0, 20 of class 1 and 10 of class 2.
  private func unbalanced(samplesOfAPerson: Int = 1) -> Dataset {
    let labels = (0..<90).map { $0 % 9 < 6 ? 0 : $0 % 9 < 8 ? 1 : 2 }
    return numberedPictures(count: 90, samplesOfAPerson: samplesOfAPerson).flatMap { index, sample in
      [
        Sample(
          identifier: sample.identifier, person: sample.person, partition: sample.partition,
          picture: sample.picture, target: .label(labels[index]))
      ]
    }
  }

  private func labelCounts(_ dataset: Dataset) -> [Int] {
    (0..<3).map { number in dataset.count { $0.target.label == number } }
  }

  @Test func aStratifiedSplitHasItsShareOfEachClass() throws {
    let parts = try unbalanced().split(.random(0.2, seed: 4, stratified: true), test: .fraction(0.1))
    #expect(labelCounts(try #require(parts.test)) == [6, 2, 1])
    // A fifth of the 54, 18 and 9 that are left.
    #expect(labelCounts(parts.validation) == [11, 4, 2] && labelCounts(parts.training) == [43, 14, 7])
    #expect(
      try unbalanced().split(.random(0.2, seed: 5, stratified: true)).validation.numbers
        != unbalanced().split(.random(0.2, seed: 4, stratified: true)).validation.numbers)
    let rare = try unbalanced().split(.random(0.01, seed: 4, stratified: true)).validation
    #expect(labelCounts(rare) == [1, 1, 1])
    let text = message {
      _ = try SyntheticFaces(count: 4).masks(.withHair).split(.random(0.5, seed: 1, stratified: true))
    }
    #expect(text.contains("face1 has a mask and no class"), "\(text)")
  }

  @Test(arguments: [false, true]) func everySampleIsForValidationInOneFold(stratified: Bool) throws {
    let dataset = unbalanced()
    let folds = try dataset.folds(7, seed: 3, stratified: stratified).map { try $0.applied(to: dataset) }
    #expect(folds.flatMap(\.validation.numbers).sorted() == Array(0..<90))
    #expect(folds.allSatisfy { $0.training.count + $0.validation.count == 90 })
    #expect(folds.allSatisfy { (12...13).contains($0.validation.count) })
    let rarest = folds.map { labelCounts($0.validation)[2] }
    #expect(!stratified || rarest.allSatisfy { (1...2).contains($0) }, "\(rarest)")
  }

  @Test func nobodyIsInTwoFolds() throws {
    let dataset = unbalanced(samplesOfAPerson: 4)
    let folds = try dataset.folds(5, seed: 3, keepingPeopleTogether: true).map { try $0.applied(to: dataset) }
    let people = folds.map { Set($0.validation.compactMap(\.person)) }
    #expect(people.reduce(0) { $0 + $1.count } == 23 && Set(people.flatMap(\.self)).count == 23)
    #expect(folds.allSatisfy { (14...20).contains($0.validation.count) })
    let few = message { _ = try dataset.folds(24, seed: 3, keepingPeopleTogether: true) }
    #expect(few.contains("23 samples or people cannot be divided into 24 folds"), "\(few)")
  }

  @Test func aSampleThatIsThereTwiceIsNamed() {
    let twice = numberedPictures(count: 9).selecting([1, 2, 3, 2])
    let text = message { _ = try twice.split(.tail(0.5)) }
    #expect(text.contains("two samples are called sample-2"), "\(text)")
  }

  // MARK: Files

  @Test(arguments: [
    Split.Rule.official, .tail(0.1), .random(0.25, seed: .max),
    .random(0.1, seed: 7, keepingPeopleTogether: true), .random(0.2, seed: 7, stratified: true),
    .fold(2, of: 5, seed: 9, keepingPeopleTogether: true, stratified: true),
  ])
  func filesGiveBackWhatWasWritten(rule: Split.Rule) throws {
    try withTemporaryFolder { folder in
      let file = folder.appendingPathComponent("split.json")
      var tests: [Split.TestPart] = [.none, .official]
      if rule != .official { tests.append(.fraction(0.2)) }
      for test in tests {
        let split = try Split(of: numberedPictures(count: 40), rule: rule, test: test)
        try split.write(to: file)
        let copy = try Split(contentsOf: file)
        #expect(copy == split)
        #expect(copy.digest == split.digest)
      }
    }
  }

  /// By `printf 'training\nsample-0\nvalidation\nsample-1\n' | sha256sum`.
  @Test func digestIsThatOfTheLines() throws {
    let split = try Split(of: numberedPictures(count: 2), rule: .tail(0.1))
    #expect(split.digest == "fd2ba823c8bbd61b45fba0b74dcd195d3422cb7c51326ed598fae8413d4fd2e9")
    // `printf 'training\nsample-0\nvalidation\nsample-1\ntest\nsample-2\n' | sha256sum`
    let three = try Split(of: numberedPictures(count: 3), rule: .tail(0.5), test: .fraction(0.3))
    #expect(three.digest == "d6b07073d7e5c0a14ae285f05148086fc72b10e6e660cca92d8b9b64a450cc48")
  }

  @Test(arguments: [
    ("sample-3", "sample-33", "was changed after it was written"),
    ("\"tail\"", "\"half\"", "the rule “half”"),
    ("0.1", "1.5", "the rule “tail”"), ("{", "[", "not a split that Graft wrote"),
  ])
  func changedFilesAreRefused(old: String, new: String, piece: String) throws {
    try withTemporaryFolder { folder in
      let file = folder.appendingPathComponent("split.json")
      try Split(of: numberedPictures(count: 5), rule: .tail(0.1)).write(to: file)
      let content = try String(contentsOf: file, encoding: .utf8)
      #expect(content.contains(old))
      try folder.write(content.replacingOccurrences(of: old, with: new), to: "split.json")
      let text = message { _ = try Split(contentsOf: file) }
      #expect(text.contains("split.json") && text.contains(piece), "\(text)")
    }
  }
}
