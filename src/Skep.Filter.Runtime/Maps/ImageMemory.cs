using Skep.Bpf;
using Skep.Filter.Update;

namespace Skep.Filter.Runtime.Maps;

/// <summary>The image of a loaded program, shared with it.</summary>
internal sealed class ImageMemory : IImageMemory, IDisposable
{
    private readonly BpfMapMemory _memory;

    private ImageMemory(BpfMapMemory memory) => _memory = memory;

    /// <summary>Maps the image into this process.</summary>
    /// <exception cref="BpfException">It cannot be mapped.</exception>
    internal static ImageMemory Open(BpfMap map, bool writable = true) =>
        new(map.Info.Type == BpfMapType.Arena ? map.MapArena() : map.MapValues(writable));

    public uint Load(int offset) => _memory.Read<uint>(offset);

    public ulong LoadDouble(int offset) => _memory.Read<ulong>(offset);

    public void Store(int offset, uint value) => _memory.Store(offset, value);

    public void StoreDouble(int offset, ulong value) => _memory.Store(offset, value);

    public void Dispose() => _memory.Dispose();
}
