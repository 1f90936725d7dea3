using System.Globalization;
using System.Text;
using Skep.Analysis.Decompile;
using Skep.Inventory.Code;

namespace Skep.Analysis.Tests.Decompile;

/// <summary>Pseudo-C of programs of the machine's buffer, as one C file that gcc compiles and that runs them all.</summary>
internal static class CompiledC
{
    // What overflows or shifts by too much ends the run: the text must not depend on what a compiler makes of it.
    private static readonly string[] _options =
        ["-std=gnu11", "-O0", "-w", "-fno-strict-aliasing", "-fsanitize=shift,signed-integer-overflow,integer-divide-by-zero",
            "-fsanitize-undefined-trap-on-error"];

    /// <summary>The declarations that docs/decompile.md gives for the text.</summary>
    public static string Prelude
    {
        get
        {
            string document = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Docs", "decompile.md"));
            int start = document.IndexOf("```c\n", StringComparison.Ordinal) + 5;
            return document[start..document.IndexOf("```", start, StringComparison.Ordinal)];
        }
    }

    /// <summary>Compiles programs that take the buffer as context, and runs each with its contents.</summary>
    /// <returns>Of each program and content, in order, what it returns, and the buffer after it.</returns>
    public static (ulong Result, byte[] Buffer)[] Run(IReadOnlyList<(ProgramCode Code, byte[][] Contents)> programs)
    {
        var source = new StringBuilder(Prelude).Append("#include <stdio.h>\n#include <string.h>\n#include <unistd.h>\n");
        var runs = new StringBuilder();
        for (int i = 0; i < programs.Count; i++)
        {
            source.Append(CultureInfo.InvariantCulture, $"#define program program_{i}\n").Append(Text(programs[i].Code))
                .Append("#undef program\n");
            foreach (byte[] content in programs[i].Contents)
                runs.Append(CultureInfo.InvariantCulture, $"\t{{ (u64 (*)(void *))program_{i}, {{ {string.Join(',', content)} }} }},\n");
        }

        source.Append("static struct { u64 (*run)(void *); u8 content[64] __attribute__((aligned(8))); } runs[] = {\n").Append(runs)
            .Append("};\n");
        source.Append(
            "int main(void)\n{\n\talarm(60);\n\tfor (unsigned r = 0; r < sizeof(runs) / sizeof(*runs); r++) {\n\t\tprintf(\"%llx \", "
            + "runs[r].run(runs[r].content));\n");
        source.Append(
            "\t\tfor (int i = 0; i < 64; i++) printf(\"%02x\", runs[r].content[i]);\n\t\tprintf(\"\\n\");\n\t\tfflush(stdout);\n\t}\n}\n");
        string directory = Directory.CreateTempSubdirectory("skep-c-").FullName;
        try
        {
            string file = Path.Combine(directory, "programs.c"), program = Path.Combine(directory, "programs");
            File.WriteAllText(file, source.ToString());
            Tool.Run("gcc", [.. _options, file, "-o", program]);
            string[] lines = Tool.Run(program).Split('\n', StringSplitOptions.RemoveEmptyEntries);
            Assert.Equal(programs.Sum(one => one.Contents.Length), lines.Length);
            return Array.ConvertAll(lines,
                line =>
                    line.Split(' ') is [var result, var buffer]
                        ? (ulong.Parse(result, NumberStyles.HexNumber, CultureInfo.InvariantCulture), Convert.FromHexString(buffer))
                        : default);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    public static string Text(ProgramCode code)
    {
        using var text = new StringWriter(CultureInfo.InvariantCulture);
        DecompilationWriter.WriteText(text, Decompilation.Of(code), default);
        return text.ToString();
    }
}
