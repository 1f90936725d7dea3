using System.Diagnostics;
using System.Text;

namespace Skep.Watch.Tests.Support;

/// <summary>A C file of declarations and <c>_Static_assert</c>s, which the compiler judges.</summary>
internal sealed class CDeclarations
{
    private readonly StringBuilder _text = new("#define offsetof(t, m) __builtin_offsetof(t, m)\n");

    /// <summary>What the running kernel declares, by bpftool.</summary>
    public static string OfKernel() => Run(Find("bpftool"), "btf", "dump", "file", "/sys/kernel/btf/vmlinux", "format", "c");

    public void Add(string lines) => _text.Append(lines).Append('\n');

    public void Assert(string condition) => Add($"_Static_assert({condition}, \"{condition}\");");

    public void Compile()
    {
        string file = Path.Combine(Path.GetTempPath(), $"skep-declarations-{Environment.ProcessId}-{Guid.NewGuid():N}.c");
        try
        {
            File.WriteAllText(file, _text.ToString());
            Run(Find("clang-14", "clang"), "-w", "-fsyntax-only", "-ferror-limit=100", file);
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static string Run(string tool, params string[] arguments)
    {
        var start = new ProcessStartInfo(tool, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Xunit.Assert.True(process.ExitCode == 0, $"{tool} {string.Join(' ', arguments)}: exit {process.ExitCode}\n{error.Result}");
        return output;
    }

    // sbin directories are not in everyone's path.
    private static string Find(params string[] names)
    {
        string[] directories = [.. (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':'), "/usr/sbin", "/usr/bin"];
        foreach (string name in names)
            foreach (string directory in directories)
                if (File.Exists(Path.Combine(directory, name))) return Path.Combine(directory, name);
        throw new FileNotFoundException($"none of {string.Join(", ", names)} is installed");
    }
}
