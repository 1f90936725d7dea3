namespace Skep.Filter.Update;

/// <summary>One store into an image.</summary>
/// <param name="Offset">Where, a multiple of its bytes.</param>
/// <param name="Value">What.</param>
/// <param name="IsDouble">Whether it has 8 bytes, else 4.</param>
internal readonly record struct ImageStore(int Offset, ulong Value, bool IsDouble);

/// <summary>The stores of an edit, in the order in which they are made.</summary>
internal sealed class ImageStores
{
    private readonly List<ImageStore> _all = [];

    internal IReadOnlyList<ImageStore> All => _all;

    internal void Word(int offset, uint value) => _all.Add(new(offset, value, IsDouble: false));

    internal void Double(int offset, ulong value) => _all.Add(new(offset, value, IsDouble: true));
}
