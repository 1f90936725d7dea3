using System.Collections.Concurrent;

namespace Skep.Testing;

/// <summary>The C programs of a test project's Programs/, each compiled once a run.</summary>
public static class CProgram
{
    private static readonly ConcurrentDictionary<string, Lazy<string>> Compiled = new();

    /// <summary>The library that, preloaded, writes down what bpf(2) calls pass.</summary>
    public static string Shim => Path("shim.c", "-shared", "-fPIC");

    /// <summary>The executable that gcc makes of a file of Programs/.</summary>
    public static string Path(string source, params string[] flags)
    {
        string key = string.Join(' ', [source, .. flags]);
        return Compiled.GetOrAdd(key, _ => new Lazy<string>(() =>
        {
            string file = RunDirectory.File(string.Concat(key.Select(c => char.IsAsciiLetterOrDigit(c) ? c : '_')));
            Tool.Run("gcc", ["-O1", "-Wall", "-Wextra", "-Werror", Source(source), "-o", file, .. flags]);
            return file;
        })).Value;
    }

    /// <summary>The object file that clang makes of a BPF program of Programs/.</summary>
    public static string Object(string source) => BpfSource.File($"Programs/{source}");

    /// <summary>A file of Programs/.</summary>
    public static string Source(string name) => System.IO.Path.Combine(AppContext.BaseDirectory, "Programs", name);
}
