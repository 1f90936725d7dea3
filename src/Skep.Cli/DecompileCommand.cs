using System.CommandLine;
using Skep.Bpf;
using Skep.Watch.Code;
using Skep.Watch.Decompile;

namespace Skep.Cli;

/// <summary><c>skep prog decompile</c>.</summary>
internal static class DecompileCommand
{
    public static Command Create()
    {
        var words = new Argument<string[]>("PROG")
        {
            Description = "id N | name NAME | tag TAG | pinned PATH | N | FILE. FILE is an ELF object or raw instructions.",
            Arity = ArgumentArity.OneOrMore,
        };
        var instructions = new Option<bool>("--insns") { Description = "The number of each line's instruction, in the margin." };
        var source = new Option<bool>("--source") { Description = "The source lines, where the program's BTF has them, as comments." };
        var json = new Option<bool>("--json", "-j") { Description = "JSON: an object; for a file of several programs an array of them." };
        var pretty = new Option<bool>("--pretty", "-p") { Description = "JSON over several lines." };
        var decompile = new Command("decompile", "Shows a program as structured pseudo-C.") { words, instructions, source, json, pretty };
        decompile.SetAction(parsed =>
        {
            string[] rest = parsed.GetValue(words)!;
            IReadOnlyList<ProgramCode> codes;
            switch (ProgramSpecifier.TryOpen(rest, out BpfProgram? program, out string? mistake))
            {
                case true:
                    using (program) codes = [LoadedCodeReader.Read(program!)];
                    break;
                case false when mistake is not null:
                    return Talk.Error(mistake, ExitCode.Usage);
                default:
                    codes = CodeFileReader.Read(rest[0]);
                    break;
            }

            Decompilation[] programs = [.. codes.Select(Decompilation.Of)];
            if (parsed.GetValue(json) || parsed.GetValue(pretty))
            {
                Data.WriteJson(parsed.GetValue(pretty), writer =>
                {
                    if (programs.Length > 1) writer.WriteStartArray();
                    foreach (Decompilation one in programs) DecompilationWriter.WriteJson(writer, one);
                    if (programs.Length > 1) writer.WriteEndArray();
                });
            }
            else
            {
                var options = new DecompilationOptions(parsed.GetValue(instructions), parsed.GetValue(source), Talk.ColourOutput);
                Data.WriteText(output =>
                {
                    foreach (Decompilation one in programs)
                    {
                        if (one != programs[0]) output.WriteLine();
                        DecompilationWriter.WriteText(output, one, options);
                    }
                });
            }

            return ExitCode.Done;
        });
        return decompile;
    }
}
