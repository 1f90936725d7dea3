using System.CommandLine;
using Skep.Cli.Common;
using Skep.Cli.Help;
using Skep.Filter;
using Skep.Filter.Compile;
using Skep.Filter.Model;
using Skep.Filter.Runtime.Report;

namespace Skep.Cli.Filter;

/// <summary><c>skep filter check</c>.</summary>
internal static class FilterCheckCommand
{
    public static Command Create()
    {
        var file = new Argument<string>("FILE") { Description = "A rule file, as text or JSON; - for standard input." };
        var format = new Option<bool>("--format") { Description = "Print the canonical form." };
        var plan = new Option<bool>("--plan") { Description = "Print which structures serve the rules and why." };
        var dump = new Option<bool>("--dump") { Description = "Print the compiled code with the rule that each part serves." };
        var check = new SkepCommand("check", "Checks a rule file; needs no root.", new(
            "docs/filter.md",
            new("skep filter check edge.skep", "its errors, or how many rules it has"),
            new("skep filter check edge.skep --format", "its canonical form"),
            new("skep filter check edge.skep --plan --dump", "the maps and the code that it becomes"))
        {
            Usage = "wrong usage, or the rule file has an error",
        }) { file, format, plan, dump };
        check.Prints((parsed, form) =>
        {
            RuleFile rules = FilterFile.Read(parsed.GetValue(file)!);
            if (rules.Table is not { } table) return ExitCode.Usage;
            CompiledFilter compiled;
            try
            {
                compiled = FilterCompiler.Compile(Interfaces.MakeUp(table));
            }
            catch (FilterCompileException e)
            {
                return Message.Error(e.Message, ExitCode.Usage);
            }

            var writer = new CompiledFilterWriter(rules, compiled)
            {
                Format = parsed.GetValue(format),
                Plan = parsed.GetValue(plan),
                Dump = parsed.GetValue(dump),
            };
            StandardOutput.Write(form, writer.WriteJson, writer.WriteText);
            return ExitCode.Done;
        });
        return check;
    }
}
