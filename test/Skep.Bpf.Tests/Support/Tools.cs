using System.Diagnostics;

namespace Skep.Bpf.Tests;

/// <summary>Programs that the tests ask: compilers, and oracles that nobody here wrote.</summary>
internal static class Tools
{
    internal static string Run(string file, params string[] arguments)
    {
        (int code, string output, string error) = Try(file, arguments);
        Assert.True(code == 0, $"{file} {string.Join(' ', arguments)}: exit {code}\n{error}\n{output}");
        return output;
    }

    internal static (int Code, string Output, string Error) Try(string file, params string[] arguments)
    {
        var start = new ProcessStartInfo(file, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.Result);
    }

    /// <summary>The path of an installed tool: sbin directories are not in everyone's path.</summary>
    internal static string Find(params string[] names)
    {
        foreach (string name in names)
        {
            foreach (string directory in (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Concat(["/usr/sbin", "/usr/bin"]))
            {
                string path = Path.Combine(directory, name);
                if (File.Exists(path)) return path;
            }
        }

        throw new FileNotFoundException($"none of {string.Join(", ", names)} is installed");
    }

    internal static string Bpftool => Find("bpftool");

    internal static string Clang => Find("clang-14", "clang");

    internal static string Objdump => Find("llvm-objdump-14", "llvm-objdump");
}
