using System.Buffers;
using Skep.Linux.Handles;
using Skep.Linux.Interop;
using Skep.Linux.Kernel;

namespace Skep.Bpf;

/// <summary>
/// The file of the kernel's BTF. Reads give a page at a time (fs/kernfs/file.c), so it is mapped where the kernel allows it (Linux 6.16).
/// </summary>
internal static unsafe class KernelBtfFile
{
    private const int MAP_PRIVATE = 2;

    public static ReadOnlyMemory<byte> Read(string path) => Map(path) is { } mapping ? mapping.Memory : ReadWhole(path);

    /// <summary>The BTF of the kernel or of a module, read.</summary>
    /// <exception cref="BpfException">It is not there, or may not be read.</exception>
    internal static byte[] ReadWhole(string path)
    {
        KernelRead<byte[]> read = KernelFile.Bytes(path);
        return read.Value ?? throw new BpfException($"read {path}", read.Error);
    }

    private static Mapping? Map(string path)
    {
        if (FileStatus.TryOf(path)?.Size is not { } length || length is 0 or > int.MaxValue) return null;
        using FileHandle file = FileHandle.Own(Libc.open(path, Libc.O_RDONLY | Libc.O_CLOEXEC), $"open {path}");
        using var use = new FdUse(file);
        nint address = Libc.mmap(0, (nuint)length, Libc.PROT_READ, MAP_PRIVATE, use.Number, 0);
        return address == Libc.MapFailed ? null : new Mapping((byte*)address, (int)length);
    }

    /// <summary>Memory of the kernel, which stays mapped: a span of it may outlive whoever holds this.</summary>
    private sealed class Mapping(byte* address, int length) : MemoryManager<byte>
    {
        public override Span<byte> GetSpan() => new(address, length);

        public override MemoryHandle Pin(int elementIndex = 0) => new(address + elementIndex);

        public override void Unpin()
        {
        }

        protected override void Dispose(bool disposing)
        {
        }
    }
}
