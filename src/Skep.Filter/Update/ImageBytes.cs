using System.Buffers.Binary;

namespace Skep.Filter.Update;

/// <summary>A copy of an image.</summary>
internal sealed class ImageBytes(byte[] bytes) : IImageMemory
{
    public uint Load(int offset) => BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(offset));

    public ulong LoadDouble(int offset) => BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(offset));

    public void Store(int offset, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(offset), value);

    public void StoreDouble(int offset, ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(offset), value);
}
