using System.Collections.Concurrent;

namespace Skep.Kernel.Tests.Support;

/// <summary>The C programs that the tests bring along, each compiled once a run.</summary>
internal static class CProgram
{
    private static readonly Lazy<Scratch> Directory = new(() =>
    {
        var scratch = new Scratch();
        AppDomain.CurrentDomain.ProcessExit += (_, _) => scratch.Dispose();
        return scratch;
    });

    private static readonly ConcurrentDictionary<string, Lazy<string>> Compiled = new();

    /// <summary>The executable that gcc makes of a file of Programs/.</summary>
    public static string Path(string source, params string[] flags) =>
        Compiled.GetOrAdd(string.Join(' ', [source, .. flags]), key => new Lazy<string>(() => Compile(key, source, flags))).Value;

    /// <summary>The library that, preloaded, writes down what bpf(2) calls pass.</summary>
    public static string Shim => Path("shim.c", "-shared", "-fPIC");

    /// <summary>The object that clang makes of a BPF program of Programs/.</summary>
    public static string Object(string source) => Compiled.GetOrAdd(source, key => new Lazy<string>(() =>
    {
        string file = Directory.Value.File(System.IO.Path.GetFileNameWithoutExtension(source) + ".o");
        string[] include = [.. System.IO.Directory.GetDirectories("/usr/include", "*-linux-gnu").Select(d => "-I" + d)];
        Tool.Run("clang", ["-O2", "-g", "-target", "bpf", .. include, "-c", Source(source), "-o", file]);
        return file;
    })).Value;

    private static string Compile(string key, string source, string[] flags)
    {
        string name = string.Concat(key.Select(c => char.IsAsciiLetterOrDigit(c) ? c : '_'));
        string file = Directory.Value.File(name);
        Tool.Run("gcc", ["-O1", "-Wall", "-Wextra", "-Werror", Source(source), "-o", file, .. flags]);
        return file;
    }

    private static string Source(string name) => System.IO.Path.Combine(AppContext.BaseDirectory, "Programs", name);
}
