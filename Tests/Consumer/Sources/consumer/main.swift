import Foundation
import GraftTensor

let matrix = Tensor(shape: [2, 2], scalars: [1, 2, 3, 4])
let product = matrixProduct(matrix, matrix)
guard product.scalars == [7, 10, 15, 22] else { fatalError("The product is \(product.scalars).") }

// Who wants tensors alone must not need the libraries that read pictures and archives.
let mapped = try String(contentsOfFile: "/proc/self/maps", encoding: .utf8)
for library in ["turbojpeg", "libpng"] where mapped.contains(library) {
  fatalError("GraftTensor brings \(library) along.")
}
print("A package that depends on GraftTensor alone builds, runs and links neither libpng nor libturbojpeg.")
