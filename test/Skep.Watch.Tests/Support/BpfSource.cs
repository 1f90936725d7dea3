using System.Collections.Concurrent;
using Skep.Inventory.Code;

namespace Skep.Watch.Tests.Support;

/// <summary>BPF programs in C, compiled once a run.</summary>
internal static class BpfSource
{
    private static readonly ConcurrentDictionary<string, Lazy<byte[]>> Compiled = new();

    /// <summary>The object that clang makes of a source file.</summary>
    /// <param name="path">Below the tests' output directory.</param>
    /// <param name="cpu">The instruction set: <c>v1</c> has no 32-bit arithmetic.</param>
    public static byte[] Object(string path, string cpu = "v3") =>
        Compiled.GetOrAdd($"{path} {cpu}", _ => new Lazy<byte[]>(() => Clang(Path.Combine(AppContext.BaseDirectory, path), cpu))).Value;

    /// <summary>The object that clang makes of a text.</summary>
    public static byte[] Compile(string text, string cpu = "v3")
    {
        string source = Path.Combine(Path.GetTempPath(), $"{Path.GetRandomFileName()}.c");
        try
        {
            File.WriteAllText(source, text);
            return Clang(source, cpu);
        }
        finally
        {
            File.Delete(source);
        }
    }

    private static byte[] Clang(string source, string cpu)
    {
        string output = Path.GetTempFileName();
        try
        {
            string[] include = [.. Directory.GetDirectories("/usr/include", "*-linux-gnu").Select(d => "-I" + d)];
            Tool.Run("clang", ["-O2", "-g", "-target", "bpf", $"-mcpu={cpu}", "-D__TARGET_ARCH_x86", .. include, "-c", source, "-o", output]);
            return File.ReadAllBytes(output);
        }
        finally
        {
            File.Delete(output);
        }
    }

    /// <summary>The programs of a source file.</summary>
    public static IReadOnlyList<ProgramCode> Programs(string path, string cpu = "v3") => OfBytes(Object(path, cpu));

    /// <summary>The programs of a file's bytes.</summary>
    public static IReadOnlyList<ProgramCode> OfBytes(byte[] bytes)
    {
        string file = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(file, bytes);
            return CodeFileReader.Read(file);
        }
        finally
        {
            File.Delete(file);
        }
    }
}
