import GraftDatasets
import GraftImages
import GraftTensor

/// A data set without files: the picture of sample n is one pixel of grey n, and n modulo 3 is its class.
struct NumberedPictures: PictureDataset {
  let count: Int
  var name = "numbers"
  /// The sample whose picture cannot be read.
  var damaged: Int?
  /// How many neighbours in the list show one person.
  var samplesOfAPerson = 1

  let classNames = ["zero", "one", "two"]

  func identifier(at index: Int) -> String { "sample-\(index)" }

  func officialPart(at index: Int) -> OfficialPart? { [.training, .training, .validation, .test][index % 4] }

  func person(at index: Int) -> String? { samplesOfAPerson == 0 ? nil : "person-\(index / samplesOfAPerson)" }

  func picture(at index: Int) throws -> Picture {
    if index == damaged {
      throw DatasetError("numbers", "sample \(index) is damaged", remedy: "Draw it again.")
    }
    return Picture(width: 1, height: 1, channels: 1, pixels: [UInt8(index % 256)])
  }

  func target(at index: Int) throws -> Tensor { Tensor(shape: [], integers: [Int32(index % 3)]) }
}
