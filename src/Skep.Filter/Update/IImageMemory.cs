namespace Skep.Filter.Update;

/// <summary>
/// The image that programs search while it is changed. Numbers are read and written whole, and a write is seen by nobody before those that
/// were made earlier.
/// </summary>
internal interface IImageMemory
{
    uint Load(int offset);

    ulong LoadDouble(int offset);

    void Store(int offset, uint value);

    void StoreDouble(int offset, ulong value);
}
