import GraftDatasets
import GraftImages
import GraftTensor

/// A data set without files: the picture of sample n is one pixel of grey n, and n modulo 3 is its class.
///
/// - Parameters:
///   - count: how many samples.
///   - name: of the data set.
///   - damaged: the sample whose picture cannot be read.
///   - samplesOfAPerson: how many neighbours in the list show one person; 0 where nobody is known.
func numberedPictures(
  count: Int, name: String = "numbers", damaged: Int? = nil, samplesOfAPerson: Int = 1
) -> Dataset {
  Dataset(
    name: name, targets: .labels(["zero", "one", "two"]),
    samples: (0..<count).map { index in
      Sample(
        identifier: "sample-\(index)",
        person: samplesOfAPerson == 0 ? nil : "person-\(index / samplesOfAPerson)",
        partition: [.training, .training, .validation, .test][index % 4],
        picture: Content {
          if index == damaged {
            throw DatasetError("numbers", "sample \(index) is damaged", remedy: "Draw it again.")
          }
          return Picture(width: 1, height: 1, channels: 1, pixels: [UInt8(index % 256)])
        }, target: .label(index % 3))
    })
}

extension Dataset {
  /// The places of the samples, of which the identifiers are those of ``numberedPictures(count:name:damaged:samplesOfAPerson:)``.
  var numbers: [Int] { compactMap { Int($0.identifier.dropFirst("sample-".count)) } }
}
