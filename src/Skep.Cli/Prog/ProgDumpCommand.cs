using System.CommandLine;
using System.Text.Json;
using Skep.Analysis.Drawing;
using Skep.Analysis.Dump;
using Skep.Analysis.Jited;
using Skep.Cli.Common;
using Skep.Cli.Options;
using Skep.Inventory.Code;
using Skep.Inventory.Listing;
using Skep.Linux.Files;
using Skep.Output;

namespace Skep.Cli.Prog;

/// <summary><c>skep prog dump</c>.</summary>
internal static class ProgDumpCommand
{
    public static Command Create()
    {
        var words = new Argument<string[]>("PROG")
        {
            Description = "[xlated | jited | original] id N | name NAME | tag TAG | pinned PATH | N | FILE, then opcodes (the bytes of each instruction), linum (files and numbers of source lines), visual (a graph for Graphviz) or file PATH (the bytes alone, into a file). FILE is an ELF object or raw instructions.",
            Arity = ArgumentArity.OneOrMore,
        };
        var json = new Option<bool>("--json", "-j") { Description = "JSON with bpftool's keys." };
        var pretty = new Option<bool>("--pretty", "-p") { Description = "JSON over several lines." };
        var cfg = new Option<string?>("--cfg") { Description = "Draw the control flow: dot (for Graphviz) or svg.", HelpName = "dot|svg" };
        OptionValues.TakeOnly(cfg, "dot", "svg");
        var elf = new Option<string?>("--elf") { Description = "Write an ELF object, for llvm-objdump and the like.", HelpName = "FILE" };
        var from = new Option<string?>("--from") { Description = "The directory of skep watch --save with the original.", HelpName = "DIR" };
        var dump = new Command("dump", "Shows the code of a program: as the kernel translated it (xlated), as machine code (jited), as it was loaded (original), or of a file.")
        {
            words, json, pretty, cfg, elf, from,
        };
        dump.SetAction(parsed =>
        {
            bool asJson = parsed.GetValue(json) || parsed.GetValue(pretty);
            if (DumpRequest.Parse(parsed.GetValue(words)!, out string? mistake) is not { } request) return Talk.Error(mistake!, ExitCode.Usage);
            string? drawing = parsed.GetValue(cfg) ?? (request.Visual ? "dot" : null), directory = parsed.GetValue(from);
            if (asJson && drawing is not null) return Talk.Error("a drawing is not JSON: leave out -j, or visual and --cfg", ExitCode.Usage);
            if (request.Code == DumpedCode.Jited && (drawing ?? parsed.GetValue(elf)) is not null)
                return Talk.Error("--cfg and --elf are for bytecode: leave out jited", ExitCode.Usage);
            if (request.Code == DumpedCode.Original != directory is not null)
                return Talk.Error("the original is in a directory of skep watch --save (skep prog dump original PROG --from DIR)", ExitCode.Usage);
            IReadOnlyList<ProgramCode> programs = directory is null
                ? DumpedPrograms.Read(request.Program, out mistake)
                : DumpedPrograms.ReadOriginal(request.Program, directory, out mistake);
            if (mistake is not null) return Talk.Error(mistake, ExitCode.Usage);
            if (programs.Count > 1 && (request.File ?? drawing ?? parsed.GetValue(elf)) is not null)
                return Talk.Error($"{programs.Count} programs match, and one is asked for: {string.Join(", ", programs.Select(Title))}", ExitCode.Usage);
            if (request.Opcodes || (request.File ?? parsed.GetValue(elf)) is not null)
                foreach (ProgramCode code in programs) code.RequireLittleEndian("give the bytes of");
            if (request.Code == DumpedCode.Jited)
                foreach (ProgramCode code in programs) JitedWriter.CodeOf(code);
            if (parsed.GetValue(elf) is { } path) WriteFile(path, CodeObject.Write(programs[0]), asJson);
            else if (request.File is { } file) WriteFile(file, request.Code == DumpedCode.Jited ? JitedWriter.CodeOf(programs[0]) : programs[0].Bytes, asJson);
            else if (drawing is not null) Data.WriteText(output => Draw(output, programs[0], drawing, request));
            else if (asJson) Data.WriteJson(parsed.GetValue(pretty), output => WriteJson(output, programs, request));
            else Data.WriteText(output => WriteText(output, programs, request));
            return ExitCode.Done;
        });
        return dump;
    }

    private static DumpDetails Details(DumpRequest request) => new(request.Opcodes, request.LineNumbers);

    private static string Title(ProgramCode code) => code.Info is { } info ? $"{info.Id}" : $"{code.SectionName}: {code.Name}";

    private static void WriteFile(string path, ReadOnlyMemory<byte> bytes, bool asJson)
    {
        OutputFile.Write(path, bytes.Span);
        if (asJson) Data.WriteJson(pretty: false, output => output.WriteNullValue());
    }

    private static void Draw(TextWriter output, ProgramCode code, string form, DumpRequest request)
    {
        if (form == "svg") FlowSvgWriter.Write(output, code);
        else FlowDotWriter.Write(output, code, Details(request));
    }

    private static void WriteText(TextWriter output, IReadOnlyList<ProgramCode> programs, DumpRequest request)
    {
        foreach (ProgramCode code in programs)
        {
            if (code != programs[0]) output.Write('\n');
            if (programs.Count > 1) WriteHead(output, code);
            if (request.Code == DumpedCode.Jited) JitedWriter.WriteText(output, code, Details(request), Talk.ColourOutput);
            else XlatedWriter.WriteText(output, code, Details(request), Talk.ColourOutput);
        }
    }

    private static void WriteHead(TextWriter output, ProgramCode code)
    {
        if (code.Info is { } info) ProgramHead.WriteText(output, info, code.Name ?? "");
        else output.Write($"{SafeText.Escape(Title(code))}:\n");
    }

    // One program is an array, as bpftool prints it; several are objects with their names.
    private static void WriteJson(Utf8JsonWriter json, IReadOnlyList<ProgramCode> programs, DumpRequest request)
    {
        if (programs.Count > 1) json.WriteStartArray();
        foreach (ProgramCode code in programs)
        {
            if (programs.Count > 1)
            {
                json.WriteStartObject();
                if (code.Info is { } info) ProgramHead.WriteJson(json, info, code.Name ?? "");
                else json.WriteString("name", Title(code));
                json.WritePropertyName("insns");
            }

            if (request.Code == DumpedCode.Jited) JitedWriter.WriteJson(json, code, Details(request));
            else XlatedWriter.WriteJson(json, code, Details(request));
            if (programs.Count > 1) json.WriteEndObject();
        }

        if (programs.Count > 1) json.WriteEndArray();
    }
}
