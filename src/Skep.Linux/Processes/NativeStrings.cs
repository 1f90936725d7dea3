using System.Runtime.InteropServices;
using System.Text;
using Skep.Linux.Kernel;

namespace Skep.Linux.Processes;

/// <summary>An array of C strings with a null at its end.</summary>
internal sealed unsafe class NativeStrings : IDisposable
{
    private readonly int _count;

    internal NativeStrings(ReadOnlySpan<string> texts)
        : this([.. texts.ToArray().Select(Encoding.UTF8.GetBytes)])
    {
    }

    private NativeStrings(byte[][] texts)
    {
        _count = texts.Length;
        Array = (byte**)NativeMemory.AllocZeroed((nuint)(_count + 1), (nuint)sizeof(byte*));
        for (int i = 0; i < _count; i++)
        {
            Array[i] = (byte*)NativeMemory.AllocZeroed((nuint)texts[i].Length + 1);
            texts[i].CopyTo(new Span<byte>(Array[i], texts[i].Length));
        }
    }

    internal byte** Array { get; }

    internal byte* First => Array[0];

    /// <summary>The environment that this process was given: it honours less of it itself.</summary>
    internal static NativeStrings Environment() => Read("/proc/self/environ");

    /// <summary>The arguments that this process was given, its name first.</summary>
    internal static NativeStrings Arguments() => Read("/proc/self/cmdline");

    public void Dispose()
    {
        for (int i = 0; i < _count; i++) NativeMemory.Free(Array[i]);
        NativeMemory.Free(Array);
    }

    // Each ends by a NUL; an argument may be empty.
    private static NativeStrings Read(string path)
    {
        byte[] given = KernelFile.Bytes(path).Value ?? [];
        var strings = new List<byte[]>();
        foreach (Range range in given.AsSpan(0, Math.Max(0, given.Length - 1)).Split((byte)0)) strings.Add(given[range]);
        return new NativeStrings([.. strings]);
    }
}
