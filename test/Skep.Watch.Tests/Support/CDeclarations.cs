using System.Text;

namespace Skep.Watch.Tests.Support;

/// <summary>A C file of declarations and <c>_Static_assert</c>s, which the compiler judges.</summary>
internal sealed class CDeclarations
{
    private readonly StringBuilder _text = new("#define offsetof(t, m) __builtin_offsetof(t, m)\n");

    /// <summary>What the running kernel declares, by bpftool.</summary>
    public static string OfKernel() => Tool.Run(Tool.Bpftool, "btf", "dump", "file", "/sys/kernel/btf/vmlinux", "format", "c");

    public void Add(string lines) => _text.Append(lines).Append('\n');

    public void Assert(string condition) => Add($"_Static_assert({condition}, \"{condition}\");");

    public void Compile()
    {
        string file = Path.Combine(Path.GetTempPath(), $"skep-declarations-{Environment.ProcessId}-{Guid.NewGuid():N}.c");
        try
        {
            File.WriteAllText(file, _text.ToString());
            Tool.Run(Tool.Clang, "-w", "-fsyntax-only", "-ferror-limit=100", "-I", AppContext.BaseDirectory, file);
        }
        finally
        {
            File.Delete(file);
        }
    }
}
