using System.Collections.Concurrent;

namespace Skep.Bpf.Tests;

/// <summary>The BPF C of Sources/, compiled once a run.</summary>
internal static class TestObjects
{
    private static readonly ConcurrentDictionary<string, Lazy<byte[]>> s_compiled = new();

    internal static byte[] Get(string name) => s_compiled.GetOrAdd(name, n => new Lazy<byte[]>(() => Compile(n))).Value;

    private static byte[] Compile(string name)
    {
        string source = Path.Combine(AppContext.BaseDirectory, "Sources", name + ".bpf.c");
        string target = Path.Combine(Path.GetTempPath(), $"skep-{name}-{Environment.ProcessId}.bpf.o");
        try
        {
            Tools.Run(Tools.Clang, "-O2", "-g", "-target", "bpf", "-I/usr/include/x86_64-linux-gnu", "-c", source, "-o", target);
            return File.ReadAllBytes(target);
        }
        finally
        {
            File.Delete(target);
        }
    }
}
