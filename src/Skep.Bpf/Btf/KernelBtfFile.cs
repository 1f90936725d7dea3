using Skep.Bpf.Interop;

namespace Skep.Bpf;

/// <summary>Reads the file of the kernel's BTF. Reads give a page at a time (fs/kernfs/file.c), so it is mapped where the kernel allows it (Linux 6.16).</summary>
internal static unsafe class KernelBtfFile
{
    private const int MAP_PRIVATE = 2;

    public static byte[] Read(string path)
    {
        long length = new FileInfo(path).Length;
        if (length is <= 0 or > int.MaxValue) return File.ReadAllBytes(path);
        using FileHandle file = FileHandle.Own(Libc.open(path, Libc.O_RDONLY | Libc.O_CLOEXEC), $"open {path}");
        using var use = new FdUse(file);
        nint address = Libc.mmap(0, (nuint)length, Libc.PROT_READ, MAP_PRIVATE, use.Number, 0);
        if (address == Libc.MapFailed) return File.ReadAllBytes(path);
        try
        {
            byte[] bytes = GC.AllocateUninitializedArray<byte>((int)length);
            new ReadOnlySpan<byte>((void*)address, bytes.Length).CopyTo(bytes);
            return bytes;
        }
        finally
        {
            _ = Libc.munmap(address, (nuint)length);
        }
    }
}
