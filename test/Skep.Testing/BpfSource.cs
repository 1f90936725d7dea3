using System.Collections.Concurrent;

namespace Skep.Testing;

/// <summary>BPF programs in C, compiled once a run.</summary>
public static class BpfSource
{
    private static readonly ConcurrentDictionary<string, Lazy<string>> Compiled = new();

    /// <summary>The object file that clang makes of a source file below the tests' output directory.</summary>
    /// <param name="cpu">The instruction set: <c>v1</c> has no 32-bit arithmetic.</param>
    public static string File(string path, string cpu = "v3") => Compiled.GetOrAdd($"{path} {cpu}", _ => new Lazy<string>(() =>
    {
        // libbpf names maps after the object file.
        string file = RunDirectory.File(Path.Combine(cpu, Path.ChangeExtension(path, ".o")));
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        Clang(Path.Combine(AppContext.BaseDirectory, path), file, cpu);
        return file;
    })).Value;

    /// <summary>The bytes of that object file.</summary>
    public static byte[] Object(string path, string cpu = "v3") => System.IO.File.ReadAllBytes(File(path, cpu));

    /// <summary>The object that clang makes of a text.</summary>
    public static byte[] Compile(string text, string cpu = "v3")
    {
        using var scratch = new Scratch();
        Clang(scratch.Write("program.c", text), scratch.File("program.o"), cpu);
        return System.IO.File.ReadAllBytes(scratch.File("program.o"));
    }

    /// <summary>Where the headers of the architecture are, as options of clang, which does not look there for a BPF target.</summary>
    public static string[] Include => [.. Directory.GetDirectories("/usr/include", "*-linux-gnu").Select(directory => "-I" + directory)];

    private static void Clang(string source, string file, string cpu) => Tool.Run(
        Tool.Clang, ["-O2", "-g", "-target", "bpf", $"-mcpu={cpu}", "-D__TARGET_ARCH_x86", .. Include, "-c", source, "-o", file]);
}
