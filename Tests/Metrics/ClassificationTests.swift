import GraftMetrics
import GraftTensor
import GraftWeights
import TestSupport
import Testing

private func goldenLabels(_ name: String) throws -> [Int] {
  try Golden.npz("metrics").array(named: name).integers
}

@Test func accuracyAndConfusionMatrixAreThoseOfNumPy() throws {
  let golden = try Golden.npz("metrics")
  let logits = try golden.tensor(named: "class_logits")
  let numbers = try goldenLabels("class_labels")
  let labels = Tensor(shape: [numbers.count], integers: numbers.map(Int32.init))
  var accuracy = Accuracy()
  var matrix = ConfusionMatrix(classCount: 6)
  for rows in [0..<7, 7..<40] {
    accuracy.add(logits: logits.rows(rows), labels: labels.rows(rows))
    matrix.add(logits: logits.rows(rows), labels: labels.rows(rows))
  }
  #expect(accuracy.count == 40)
  #expect(accuracy.value == (try golden.array(named: "class_accuracy").doubles[0]))
  #expect(matrix.accuracy == accuracy.value)
  #expect(Array(matrix.counts.joined()) == (try goldenLabels("class_confusion_matrix")))
}

@Test func confusionMatrixOfClassNumbersIsThatOfNumPy() throws {
  let golden = try Golden.npz("metrics")
  var matrix = ConfusionMatrix(classCount: 2)
  matrix.add(
    predictions: try golden.array(named: "binary_probabilities").doubles.map { $0 > 0.5 ? 1 : 0 },
    truths: try goldenLabels("binary_labels"))
  #expect(Array(matrix.counts.joined()) == (try goldenLabels("binary_confusion_matrix")))
  #expect(matrix.accuracy == (try golden.array(named: "binary_accuracy").doubles[0]))
}

@Test(.exits) func aLabelWithoutAClassEndsTheProgram() async {
  await #expect(processExitsWith: .failure) {
    var matrix = ConfusionMatrix(classCount: 2)
    matrix.add(predictions: [0], truths: [2])
  }
  await #expect(processExitsWith: .failure) {
    var accuracy = Accuracy()
    accuracy.add(logits: Tensor(zeros: [1, 2]), labels: Tensor(shape: [1], integers: [-1]))
  }
}
