import GraftTensor

let matrix = Tensor(shape: [2, 2], scalars: [1, 2, 3, 4])
let product = matrixProduct(matrix, matrix)
guard product.scalars == [7, 10, 15, 22] else { fatalError("The product is \(product.scalars).") }
print("A package that depends on GraftTensor alone builds and runs.")
